package ask

import (
	"os"

	"github.com/godbus/dbus/v5"
)

// asStranger names the address of a bus to a copy of the test binary, which has the notifications' name there until its
// input ends.
const asStranger = "ENTRALOGIN_ASK_STRANGER"

func strange(address string) error {
	c, err := dbus.Connect(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.RequestName(notifyName, 0); err != nil {
		return err
	}
	os.Stdout.WriteString("ready\n")
	os.Stdin.Read(make([]byte, 1))
	return nil
}
