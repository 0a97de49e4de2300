-- SPDX-License-Identifier: BSD-2-Clause
-- Files as one writes them, and programs as one runs them.  Leaves nothing behind.

local name = os.tmpname()
local file = assert(io.open(name, "w"))
print(file:write("one\n", 2, "\n", 3.25, "\n") == file, file:seek("cur"), file:seek("set", 4))
file:write("T")
print(file:close(), io.type(file))
for line in io.lines(name) do print(line) end

file = assert(io.open(name, "a+"))
file:write("appended\n")
file:seek("set")
print(#file:read("a"))
file:close()

file = assert(io.open(name, "r+"))
file:setvbuf("full", 64)
for i = 1, 1000 do file:write(i, " ") end
file:flush()
print(file:seek("end"))
file:close()
print(io.open("/no/such/folder/x", "w"))

print(os.rename(name, name .. ".new"), (io.open(name)))
print(os.remove(name .. ".new"), os.remove(name .. ".new") == nil)

local temporary = io.tmpfile()
temporary:write(("x"):rep(100000))
temporary:seek("set", 99999)
print(temporary:read(10), temporary:read(1))
temporary:close()

local pipe = io.popen("echo from a program; exit 3")
print(pipe:read("a"), pipe:close())
pipe = io.popen("read line; echo $line >/tmp/lua.popen", "w")
pipe:write("to a program\n")
print(pipe:close())
print(io.open("/tmp/lua.popen"):read("a"), os.remove("/tmp/lua.popen"))
print(os.execute("exit 5"))
print(os.execute("kill -9 $$"))
print(os.execute())
