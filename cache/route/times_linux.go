package route

import "syscall"

// homeCache is the cache folder in a home folder.
const homeCache = "/.cache"

// times are when a file's state and its content changed, in nanoseconds.
func times(st *syscall.Stat_t) (changed, modified int64) { return st.Ctim.Nano(), st.Mtim.Nano() }
