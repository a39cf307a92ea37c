package route

import "syscall"

// homeCache is the cache folder in a home folder.
const homeCache = "/Library/Caches"

// times are when a file's state and its content changed, in nanoseconds.
func times(st *syscall.Stat_t) (changed, modified int64) {
	return st.Ctimespec.Nano(), st.Mtimespec.Nano()
}
