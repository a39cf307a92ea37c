package doctorcmd

import "io/fs"

// ownerOf knows nothing: the folders of a user's profile are the user's.
func ownerOf(fs.FileInfo) (id int, known bool) { return 0, false }
