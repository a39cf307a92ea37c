package doctorcmd

import (
	"golang.org/x/sys/unix"
)

// volumeOf asks the kernel about the file system of a folder.
func volumeOf(dir string) volume {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return volume{}
	}
	size := uint64(max(fs.Bsize, 1)) //nolint:unconvert // the type differs from machine to machine
	return volume{known: true, readOnly: unix.Access(dir, unix.W_OK|unix.X_OK) != nil, network: networkKind(uint32(fs.Type)),
		free: fs.Bavail * size, freeFiles: fs.Ffree, allFiles: fs.Files}
}

// networkKind names the network file systems, by the numbers of
// https://man7.org/linux/man-pages/man2/statfs.2.html
func networkKind(magic uint32) string {
	return map[uint32]string{
		unix.NFS_SUPER_MAGIC: "NFS",
		unix.SMB_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "SMB", unix.SMB2_SUPER_MAGIC: "SMB",
		unix.CEPH_SUPER_MAGIC: "Ceph",
		unix.AFS_SUPER_MAGIC:  "AFS", unix.AFS_FS_MAGIC: "AFS",
		unix.V9FS_MAGIC: "9P",
	}[magic]
}
