package managed

import "io/fs"

// belongs reports nothing of owners: the folder's permissions come from the agent's setup.
func belongs(_, _ fs.FileInfo) bool { return true }
