package agent

import "io/fs"

// ownerOf knows no owners: Windows has an agent through a loopback port alone.
func ownerOf(fs.FileInfo) (uid int, known bool) { return 0, false }
