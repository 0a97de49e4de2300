-- SPDX-License-Identifier: BSD-2-Clause
-- The standard library: string, table, utf8, math, os, load and dump, debug.

-- Formats and patterns.
print(string.format("%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%q|%s|%10.3s|%%", 42, 42, 42, 42, 255, 255, 8, 65, 'a\n"\0b', nil, "abcdef"))
print(string.format("%f %.3f %e %g %g %a %10.2f|%-10.1f|", 1 / 3, 2 / 3, 12345.678, 1e20, 1e-5, 0.1, math.pi, math.pi))
print(string.format("%i %u", 3.0, 7), pcall(string.format, "%d", 1.5))
print(("key = value, other=2"):gsub("(%w+)%s*=%s*(%w+)", "%2=%1"))
print(("THE (quick) fox"):find("%((%a+)%)"), ("  trim  "):match("^%s*(.-)%s*$") .. "|", ("f(a(b)c)d"):match("%b()"))
print(("hello world"):gsub("o", { o = "0" }), ("abc"):gsub("%w", function(c) return c:upper() .. "." end), ("abc"):gsub("", "-"))
print(("THE END"):gsub("%f[%a]%a+", string.lower), pcall(string.gsub, "x", "(", ""), pcall(string.rep, "x", 1 << 62))
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(k, v, ";") end
print(("x"):rep(3, ","), ("abc"):reverse(), ("abc"):byte(1, -1), string.char(76, 117, 97), #("é"), ("abc"):sub(-2))
print(string.pack("<i4>i2z", 1, 2, "zero"):byte(1, -1))
print(string.unpack("<i2 d s1", string.pack("<i2 d s1", -2, 0.5, "four")))
print(string.packsize("!8 i1 i8 i4"), pcall(string.pack, "i17", 1))

-- Tables.
local t = { 5, 2, 8, 1, 9, 3 }
table.sort(t) print(table.concat(t, " "))
table.sort(t, function(x, y) return x > y end) print(table.concat(t, " ", 2, 4))
table.insert(t, 2, "in") print(table.remove(t), table.remove(t, 1), #t, table.unpack(t, 1, 3))
print(table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), ","), table.pack(1, nil, 3).n, pcall(table.concat, { {} }))
print(pcall(table.sort, { 3, 1, 2, 5, 4, 7 }, function() return true end), rawlen { 1, 2 }, rawequal(t, t), next {})
local big = {}
local seed = 42
for i = 1, 3000 do seed = (seed * 1103515245 + 12345) & 0x7fffffff big[i] = seed end
table.sort(big)
local sorted = true
for i = 2, #big do sorted = sorted and big[i - 1] <= big[i] end
print("sorted", sorted, big[1], big[#big])

-- Numbers.
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 1e15, 2^53, 10 / 2, 3 | 4, ~0, 1 << 63, 1 << 64, "10" + 5, 0x7fffffffffffffff + 1)
print(1 / 0, -1 / 0, math.huge // 1, math.tointeger(3.0), math.tointeger(3.5), math.type(1), math.type(1.0), math.type("1"))
print(pcall(function() return 1 // 0 end), 1 % math.huge, -1 % math.huge, 5.3 % -2, math.ult(1, -1), math.abs(math.mininteger))
print(tonumber("0x1p4"), tonumber("  12  "), tonumber("1e"), tonumber("zz", 36), tonumber("8", 8), tonumber("0x"), 0x.8p1, 1e308 * 10)
for _, f in ipairs { "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "floor", "ceil", "abs" } do
	io.write(string.format("%s %.13g  ", f, math[f](0.7)))
end
print(math.fmod(-7, 3), math.modf(-3.7), math.max(1, 2.5), math.min(3, -1), math.log(8, 2), math.log(100, 10))
for i = 1, 15 do io.write(string.format("%.14g ", 10.0 ^ -i * 3)) end
print()
math.randomseed(42)
print(math.random(1, 1000), math.random(1, 1000), math.random(0) ~= nil, math.random() < 1, pcall(math.random, 2, 1))
for _, x in ipairs { 0.1, 1 / 3, 123456789012345678, 5e-324, 1.7976931348623157e308, -0.0, 100, 1e100 } do io.write(tostring(x), " ") end
print()

-- UTF-8.
print(utf8.char(72, 228, 8364, 128512), utf8.len("häß€"), utf8.codepoint("€", 1), utf8.offset("aé", 3), utf8.len("\xff"))
for p, c in utf8.codes("aé€") do io.write(p, ":", c, " ") end
print(("é€"):match(utf8.charpattern))

-- Time: the same zone everywhere.
print(os.date("!%Y-%m-%d %H:%M:%S %j %a %b %p", 86400 * 365), os.date("!*t", 0).year, os.time { year = 2000, month = 1, day = 1, hour = 12 })
print(os.time { year = 2024, month = 14, day = -3, hour = 0 }, os.date("!%c", 0), os.date("!%x %X %D %F %T", 1e9), pcall(os.date, "%Ez", 0))
print(type(os.clock()), type(os.time()), os.getenv("NO_SUCH_VARIABLE"), os.setlocale("C"), os.setlocale("xx_XX"), os.difftime(5, 3))

-- Chunks: load, dump, environments; debug.
local dumped = string.dump(load("local a = ... return a * 2, _ENV ~= nil"))
print(load(dumped, "d", "b")(21), load(dumped, "d", "t"))
print(load("x = 1; return x", "c", "t", {})(), x, type(load(function() return nil end)))
local pieces = { "return ", "1 ", "+ 2" }
print(load(function() return table.remove(pieces, 1) end)())
local info = debug.getinfo(1, "Sl")
print(info.short_src, info.currentline, debug.getinfo(print).what, debug.traceback("trace", 1))
local function target(p, q) local r = p + q return debug.getlocal(1, 3), r end
print(target(1, 2), debug.getupvalue(function() return sorted end, 1))
local lines = {}
debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
local hooked = 1
hooked = hooked + 1
debug.sethook()
print("hook", #lines, lines[2] - lines[1])
print(package.config:sub(1, 1), package.loaded.string == string, pcall(require, "no.such.module") == false, package.searchpath("no", "./?.x"))
