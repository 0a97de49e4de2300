-- SPDX-License-Identifier: BSD-2-Clause
-- Files as far as one reads them, a module of one's own, and the arguments.  Runs in the folder where it is.

local me = arg[0]
print("arguments", #arg, arg[1], arg[2], ...)

local file = assert(io.open(me))
local first = file:read("l")
local size = file:seek("end")
print(first, size, file:seek("set", 3), file:read(4), file:seek("cur"), io.type(file), io.type(42))
file:seek("set")
local whole = file:read("a")
print(#whole == size, file:read("a") == "", file:read("l"), file:read(0))
file:close()
print(io.type(file), pcall(file.read, file))

local count, longest = 0, 0
for line in io.lines(me) do count, longest = count + 1, math.max(longest, #line) end
print("lines", count, longest)
local bytes = 0
for a, b in io.lines(me, 1, 63) do bytes = bytes + #a + (b and #b or 0) end
print("bytes", bytes == size)

print(io.open("no/such/file"))
print(pcall(io.lines, "no/such/file"))
print(pcall(io.open, me, "nonsense"))
print(loadfile("no_such.lua"))

io.input(me)
print(io.read(3, "l", "L", 5))
io.input():close()

-- Numbers as they are read: from the module's last line.
for line in io.lines("module.lua") do
	local text = line:match("^%-%- numbers: (.*)")
	if text then
		local n = 0
		for word in text:gmatch("%S+") do n = n + tonumber(word) end
		print("sum", n)
	end
end

package.path = "./?.lua"
local module, where = require("module")
print(module.name, module.area(2), where, require("module") == module)
print(dofile("module.lua").name, select("#", loadfile("module.lua")))
local name = select(2, pcall(require, "nothing.here"))
print((name:gsub("\n.*", "")), name:find("./nothing/here.lua", 1, true) ~= nil)

io.stdout:write("one ", 2, " ", 3.5, "\n"):write("chained\n")
io.stderr:write("to standard error\n")
print(io.stdout:setvbuf("full", 1024), io.output() == io.stdout)
io.write(("x"):rep(3000), "\n")
os.exit(7, true)
