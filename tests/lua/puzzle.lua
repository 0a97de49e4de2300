-- SPDX-License-Identifier: BSD-2-Clause
-- Work for the machine: six queens, a Mandelbrot set, a spectral norm, string building, a hash, a brainfuck interpreter.

-- Queens.
local N, found, first = 6, 0, nil
local function place(rows, n)
	if n > N then
		found = found + 1
		first = first or table.concat(rows, " ")
		return
	end
	for c = 1, N do
		local free = true
		for i = 1, n - 1 do
			if rows[i] == c or math.abs(rows[i] - c) == n - i then free = false break end
		end
		if free then
			rows[n] = c
			place(rows, n + 1)
			rows[n] = nil
		end
	end
end
place({}, 1)
print("queens", found, first)

-- Mandelbrot.
for y = -1.2, 1.2, 0.2 do
	local line = {}
	for x = -2.1, 0.8, 0.05 do
		local zr, zi, n = 0.0, 0.0, 0
		while zr * zr + zi * zi < 4 and n < 60 do zr, zi, n = zr * zr - zi * zi + x, 2 * zr * zi + y, n + 1 end
		line[#line + 1] = n == 60 and "#" or n > 8 and "+" or n > 4 and "." or " "
	end
	print((table.concat(line):gsub("%s+$", "")))
end

-- The norm of an infinite matrix, cut off.
local function A(i, j) return 1 / ((i + j) * (i + j + 1) / 2 + i + 1) end
local function multiply(x, transposed)
	local y = {}
	for i = 1, #x do
		local sum = 0
		for j = 1, #x do sum = sum + x[j] * (transposed and A(j - 1, i - 1) or A(i - 1, j - 1)) end
		y[i] = sum
	end
	return y
end
local u, v = {}, nil
for i = 1, 20 do u[i] = 1 end
for _ = 1, 4 do
	v = multiply(multiply(u), true)
	u = multiply(multiply(v), true)
end
local vBv, vv = 0, 0
for i = 1, 20 do vBv, vv = vBv + u[i] * v[i], vv + v[i] * v[i] end
print("norm", string.format("%.9f", math.sqrt(vBv / vv)))

-- FNV-1a over text that is built piece by piece.
local pieces = {}
for i = 1, 1000 do pieces[i] = i .. (i % 15 == 0 and "fizzbuzz" or i % 5 == 0 and "buzz" or i % 3 == 0 and "fizz" or "") end
local text, hash = table.concat(pieces, "\n"), 0xcbf29ce484222325
for i = 1, #text do hash = (hash ~ text:byte(i)) * 0x100000001b3 end
print("fnv", #text, string.format("%016x", hash))

-- An interpreter in an interpreter: compiles to Lua and loads that.
local program = "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++."
local code = { "local m, p, out = setmetatable({}, { __index = function() return 0 end }), 1, {}" }
local translate = {
	["+"] = "m[p] = (m[p] + 1) & 255", ["-"] = "m[p] = (m[p] - 1) & 255", [">"] = "p = p + 1", ["<"] = "p = p - 1",
	["["] = "while m[p] ~= 0 do", ["]"] = "end", ["."] = "out[#out + 1] = string.char(m[p])",
}
for c in program:gmatch(".") do code[#code + 1] = translate[c] end
code[#code + 1] = "return table.concat(out)"
io.write(assert(load(table.concat(code, "\n")))())
