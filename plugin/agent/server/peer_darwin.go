package server

import (
	"bytes"
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/text"
)

// credentials are the user and the process that have connected (unix(4), LOCAL_PEERCRED and LOCAL_PEERPID).
func credentials(c *net.UnixConn) (uid, pid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, 0, errNoPeer
	}
	var peer *unix.Xucred
	var failed, noPID error
	if err := raw.Control(func(fd uintptr) {
		peer, failed = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		pid, noPID = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	}); err != nil || failed != nil {
		return 0, 0, errNoPeer
	}
	if noPID != nil {
		pid = 0
	}
	return int(peer.Uid), pid, nil
}

// process says whom a process stands for. It is looked at twice: one that has come to the number of another meanwhile
// counts as unknown.
func process(_ *net.UnixConn, pid int) (host, id string) {
	if pid <= 0 {
		return "a program of this machine", ""
	}
	started := startOf(pid)
	p := programOf(pid)
	if started == "" || startOf(pid) != started {
		return unknown(pid), "ended"
	}
	if host, ok := p.host(); ok {
		return text.Short(host, 2*longestHost), ""
	}
	return unknown(pid), started
}

// startOf is when a process was started; "" where there is none.
func startOf(pid int) string {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return ""
	}
	at := info.Proc.P_starttime
	return string(binary.BigEndian.AppendUint64(nil, uint64(at.Nano())))
}

// programOf reads kern.procargs2: the number of arguments, the executable's path, zeros, the arguments. The kernel keeps
// the path; a program can change its arguments, as ssh's master does.
func programOf(pid int) (p program) {
	blob, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil || len(blob) < 4 {
		return program{}
	}
	n := int(binary.NativeEndian.Uint32(blob))
	path, rest, _ := bytes.Cut(blob[4:], []byte{0})
	p.executable = string(path)
	rest = bytes.TrimLeft(rest, "\x00")
	for range min(n, len(rest)) {
		var word []byte
		word, rest, _ = bytes.Cut(rest, []byte{0})
		p.arguments = append(p.arguments, string(word))
	}
	return p
}
