package qr

// remainder returns the n bytes of Reed-Solomon error correction that follow data.
func remainder(data []byte, n int) []byte {
	generator := make([]byte, n) // without its highest coefficient, which is 1
	generator[n-1] = 1
	root := byte(1)
	for range n {
		for i := range generator {
			generator[i] = multiply(generator[i], root)
			if i+1 < n {
				generator[i] ^= generator[i+1]
			}
		}
		root = multiply(root, 2)
	}
	rest := make([]byte, n)
	for _, b := range data {
		factor := b ^ rest[0]
		copy(rest, rest[1:])
		rest[n-1] = 0
		for i := range rest {
			rest[i] ^= multiply(generator[i], factor)
		}
	}
	return rest
}

// multiply works in the field of 256 elements that QR codes use, whose polynomial is 0x11d.
func multiply(a, b byte) byte {
	product := 0
	for i := 7; i >= 0; i-- {
		product = product<<1 ^ (product>>7)*0x11d
		product ^= int(b>>i&1) * int(a)
	}
	return byte(product)
}
