package qr

// newCode has the patterns by which a scanner finds and measures the code.
func newCode(version int) *Code {
	size := 17 + 4*version
	c := &Code{Size: size, dark: make([]bool, size*size), pattern: make([]bool, size*size)}
	for i := range size { // timing
		c.set(6, i, i%2 == 0)
		c.set(i, 6, i%2 == 0)
	}
	c.square(3, 3, 4)
	c.square(size-4, 3, 4)
	c.square(3, size-4, 4)
	if version > 1 {
		c.square(size-7, size-7, 2)
	}
	return c
}

func (c *Code) set(x, y int, dark bool) {
	if x < 0 || y < 0 || x >= c.Size || y >= c.Size {
		return
	}
	c.dark[y*c.Size+x], c.pattern[y*c.Size+x] = dark, true
}

// square draws rings around a middle: those of the three corners reach 4 modules far, with a light one
// outside; the smaller one for the alignment reaches 2.
func (c *Code) square(x, y, far int) {
	for dy := -far; dy <= far; dy++ {
		for dx := -far; dx <= far; dx++ {
			ring := max(dx, -dx, dy, -dy)
			light := ring == 4 || far == 4 && ring == 2 || far == 2 && ring == 1
			c.set(x+dx, y+dy, !light)
		}
	}
}

// drawFormat says level L and the mask, with 10 bits of a BCH code, in two places.
func (c *Code) drawFormat(mask int) {
	const levelL, generator, flip = 1, 0x537, 0x5412
	bits := levelL<<3 | mask
	rest := bits
	for range 10 {
		rest = rest<<1 ^ (rest>>9)*generator
	}
	bits = (bits<<10 | rest) ^ flip
	for i := range 15 {
		dark := bits>>i&1 == 1
		switch { // around the corner at the top left
		case i < 6:
			c.set(8, i, dark)
		case i < 8:
			c.set(8, i+1, dark)
		case i == 8:
			c.set(7, 8, dark)
		default:
			c.set(14-i, 8, dark)
		}
		if i < 8 { // beside the two others
			c.set(c.Size-1-i, 8, dark)
		} else {
			c.set(8, c.Size-15+i, dark)
		}
	}
	c.set(8, c.Size-8, true)
}

// drawData goes up and down in pairs of columns from the right, past the patterns.
func (c *Code) drawData(data []byte, mask int) {
	bit, up := 0, true
	for right := c.Size - 1; right > 0; right -= 2 {
		if right == 6 {
			right-- // the column of the timing pattern
		}
		for i := range c.Size {
			y := i
			if up {
				y = c.Size - 1 - i
			}
			for x := right; x > right-2; x-- {
				if c.pattern[y*c.Size+x] {
					continue
				}
				dark := bit < 8*len(data) && data[bit/8]>>(7-bit%8)&1 == 1
				c.dark[y*c.Size+x] = dark != masked(mask, x, y)
				bit++
			}
		}
		up = !up
	}
}

func masked(mask, x, y int) bool {
	return [...]int{
		(x + y) % 2, y % 2, x % 3, (x + y) % 3, (y/2 + x/3) % 2,
		x*y%2 + x*y%3, (x*y%2 + x*y%3) % 2, ((x+y)%2 + x*y%3) % 2,
	}[mask] == 0
}

// penalty is high where a scanner could lose its way: long runs, squares of one colour, what looks like a
// corner, and much more of one colour than of the other.
func (c *Code) penalty() int {
	points, darks := 0, 0
	for y := range c.Size {
		points += line(c.Size, func(i int) bool { return c.Dark(i, y) }) + line(c.Size, func(i int) bool { return c.Dark(y, i) })
		for x := range c.Size {
			if c.Dark(x, y) {
				darks++
			}
			if x > 0 && y > 0 && c.Dark(x, y) == c.Dark(x-1, y) && c.Dark(x, y) == c.Dark(x, y-1) && c.Dark(x, y) == c.Dark(x-1, y-1) {
				points += 3
			}
		}
	}
	off := darks*20 - c.Size*c.Size*10 // of half, in twentieths
	return points + max(off, -off)/(c.Size*c.Size)*10
}

// line is the penalty of one row or column.
func line(size int, dark func(int) bool) int {
	points, run, last := 0, 0, 0
	for i := range size {
		if i > 0 && dark(i) != dark(i-1) {
			run = 0
		}
		if run++; run == 5 {
			points += 3
		} else if run > 5 {
			points++
		}
		last = last << 1 & 0x7ff
		if dark(i) {
			last |= 1
		}
		if i >= 10 && (last == 0b10111010000 || last == 0b00001011101) {
			points += 40
		}
	}
	return points
}
