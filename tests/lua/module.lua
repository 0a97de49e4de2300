-- SPDX-License-Identifier: BSD-2-Clause
-- What files.lua requires and reads.
-- numbers: 1 0x10 2.5 1e2

local module = { name = "module" }

function module.area(radius)
	return string.format("%.6f", math.pi * radius ^ 2)
end

return module
