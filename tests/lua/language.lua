-- SPDX-License-Identifier: BSD-2-Clause
-- The language: closures, metatables, coroutines, goto, integer division, to-be-closed variables, collection, errors.

local function show(...)
	print(...)
end

-- Closures share what they close over.
local function counter()
	local n = 0
	return function() n = n + 1 return n end, function() return n end
end
local step, look = counter()
step() step()
show("closure", look())

-- Metatables: arithmetic, index, call, concatenation, comparison, length.
local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ a[1] + b[1], a[2] + b[2] }, V) end
V.__eq = function(a, b) return a[1] == b[1] and a[2] == b[2] end
V.__lt = function(a, b) return a[1] < b[1] end
V.__le = function(a, b) return a[1] <= b[1] end
V.__len = function() return 2 end
V.__call = function(self, i) return self[i] end
V.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
V.__tostring = function(self) return "<" .. self[1] .. "," .. self[2] .. ">" end
V.__unm = function(self) return setmetatable({ -self[1], -self[2] }, V) end
V.__idiv = function(a, b) return a[1] // b end
local a, b = setmetatable({ 1, 2 }, V), setmetatable({ 3, 4 }, V)
show("metatable", tostring(a + b), a == b, a < b, a <= b, #a, a(2), a .. b, tostring(-a), b // 2)

-- Coroutines: permutations, wrap, errors inside, close.
local function permute(list, n)
	n = n or #list
	if n <= 1 then return coroutine.yield(table.concat(list, " ")) end
	for i = 1, n do
		list[n], list[i] = list[i], list[n]
		permute(list, n - 1)
		list[n], list[i] = list[i], list[n]
	end
end
for text in coroutine.wrap(function() permute({ "a", "b", "c" }) end) do show("permutation", text) end
local failing = coroutine.create(function(x) local y = coroutine.yield(x + 1) error("inside " .. y, 0) end)
show("coroutine", coroutine.resume(failing, 1))
show("coroutine", coroutine.resume(failing, "now"))
show("coroutine", coroutine.status(failing), coroutine.resume(failing))
show("isyieldable", coroutine.isyieldable(), select(2, coroutine.running()))

-- Closing values, in reverse, also by an error.
local function closing(name)
	return setmetatable({}, { __close = function(_, e) show("close", name, e.code) end })
end
local function fails()
	local first <close> = closing("first")
	local second <close> = closing("second")
	local k <const> = 5
	error({ code = k })
end
show("pcall", select(2, pcall(fails)).code)

-- goto, nested break, integer for with overflow, varargs.
for i = 1, 3 do
	for j = 1, 3 do
		if j == 2 then goto continue end
		io.write(i, ":", j, " ")
		::continue::
	end
end
print()
local turns = 0
for _ = math.maxinteger - 1, math.maxinteger do turns = turns + 1 end
show("for", turns, select("#", nil, nil), select(-1, 1, 2, 3), (select(2, "x", "y")))

-- Errors with their messages and lines.
for _, chunk in ipairs { "x = = 1", "local t = nil; return t.x", "return 1 + {}", "return #5", "return 'a' < 1",
	"goto nowhere", "for i = 1, 10, 0 do end", "return 2^53 | 0.5", "local function f() return f() end return f(", "return ('x'):rep(-1)" } do
	local compiled, message = load(chunk, "=chunk")
	if compiled then show("run", pcall(compiled)) else show("compile", message) end
end
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
show("deep", deep(10000))
local function nest() return (("x"):gsub("x", nest)) end
show("overflow", (select(2, pcall(nest)):match("C stack overflow")))
show("xpcall", xpcall(function() error("e", 2) end, function(m) return "handled " .. m:gsub("^.*:", "") end))

-- Tail calls do not use stack.
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
show("tail", loop(100000))

-- Weak tables and finalisers.
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 100 do weak[{}] = i end
local kept = {}
weak[kept] = "kept"
local finalised = 0
for _ = 1, 50 do setmetatable({}, { __gc = function() finalised = finalised + 1 end }) end
collectgarbage() collectgarbage()
local left = 0
for _ in pairs(weak) do left = left + 1 end
show("weak", left, weak[kept], "finalised", finalised)
for _, mode in ipairs { "generational", "incremental" } do
	collectgarbage(mode)
	local t = {}
	for i = 1, 20000 do t[i % 1000] = { i, tostring(i) } end
	show(mode, t[999][1], t[0][2])
end
show("count", collectgarbage("count") < 20000)
