//go:build linux

package ssh

import (
	"testing"
)

func TestTrial(t *testing.T) {
	l := newLaptop(t, nil)
	t.Log(l.run(l.plain("h1", "id; pwd; ls -la /opt /mnt; env; touch /etc/x; mount | head -3; ps ax; hostname")))
	t.Log(l.run(l.plain("root@h1", "id; touch /etc/x /usr/x; ls /root /home /run /tmp")))
	t.Log(l.hosts[0].files())
}
