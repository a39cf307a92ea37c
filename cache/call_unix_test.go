//go:build unix

package cache_test

func childCall([]string) {}
