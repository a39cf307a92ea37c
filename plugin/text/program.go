package text

import "strings"

// ProgramName is the name by which a program knows what it was called as: the last part of its path as it stands
// on any system, in lower case and without ".exe".
func ProgramName(path string) string {
	return strings.TrimSuffix(strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:]), ".exe")
}
