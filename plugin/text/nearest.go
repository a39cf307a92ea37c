package text

import "strings"

// Nearest returns the one of known that name was most likely meant to be: the one with the smallest
// edit distance, where case, "-" and "_" make no difference. It returns "" where none is near.
func Nearest(name string, known []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
	}
	const longest = 64 // of a name that is worth the comparison
	if len(name) > longest {
		return ""
	}
	best, least := "", 0
	for _, k := range known {
		d := distance([]rune(plain(name)), []rune(plain(k)))
		if near := max(2, len(k)/2); d <= near && d < len(k) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete or replace, and of neighbours to swap, that
// turns a into b (the Damerau-Levenshtein distance, in its restricted form).
func distance(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range a {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j, d := range b {
			differ := 1
			if c == d {
				differ = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+differ)
			if i > 0 && j > 0 && c == b[j-1] && a[i-1] == d {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
