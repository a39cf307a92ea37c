package entratest

import (
	"flag"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

// Patient is for the TestMain of a package whose tests mostly wait, for a person or a service: it runs that many
// tests at a time, unless the flag -parallel of go test says otherwise.
//
// It also sees to it that programs which tests start have SIGHUP and SIGINT at their default. Under nohup, or in the
// background of a script, they would inherit that these are ignored, and outlive the signal that a test sends them.
// A signal that is caught here is at its default in a program that is started.
func Patient(atATime int) {
	flag.Parse()
	n := flag.Lookup("test.parallel")
	if n != nil && n.Value.String() == n.DefValue && runtime.GOMAXPROCS(0) < atATime {
		flag.Set(n.Name, strconv.Itoa(atATime))
	}
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}
