package localtime

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// form is how a moment of local time is told, here and by date.
const form = "2006-01-02 15:04:05"

// local has this program tell the local time of the moments on standard input: it is run with another $TZ.
const local = "ENTRALOGIN_TEST_LOCAL_TIME"

func TestMain(m *testing.M) {
	if os.Getenv(local) == "" {
		os.Exit(m.Run())
	}
	Follow()
	out := bufio.NewWriter(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		seconds, err := strconv.ParseInt(strings.TrimPrefix(in.Text(), "@"), 10, 64)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(out, time.Unix(seconds, 0).Format(form))
	}
	out.Flush()
}

// moments are each half hour of a leap year and of the month after it, and some others, as date reads them.
func moments() []byte {
	var at bytes.Buffer
	start := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := start; t.Before(start.AddDate(1, 1, 0)); t = t.Add(30 * time.Minute) {
		fmt.Fprintf(&at, "@%d\n@%d\n", t.Unix()-1, t.Unix())
	}
	for _, year := range []int{1985, 2037, 2038, 2039, 2099, 2400} {
		for month := time.January; month <= time.December; month++ {
			fmt.Fprintf(&at, "@%d\n", time.Date(year, month, 17, 11, 12, 13, 0, time.UTC).Unix())
		}
	}
	return at.Bytes()
}

// The local time is that of date, whatever $TZ is.
func TestAsDate(t *testing.T) {
	date, err := exec.LookPath("date")
	if err != nil {
		t.Skip("no date")
	}
	if out, err := exec.Command(date, "--version").Output(); err != nil || !bytes.Contains(out, []byte("coreutils")) {
		t.Skip("another date than that of coreutils")
	}
	at := moments()
	tell := func(tz string, program string, args ...string) []string {
		cmd := exec.Command(program, args...)
		cmd.Env, cmd.Stdin = append(os.Environ(), local+"=1", "TZ="+tz), bytes.NewReader(at)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("TZ=%q %v: %v", tz, cmd, err)
		}
		return strings.Fields(strings.ReplaceAll(string(out), " ", "_"))
	}
	values := []string{
		// rules as they are in use
		"CET-1CEST,M3.5.0,M10.5.0/3", ":CET-1CEST,M3.5.0,M10.5.0/3", "GMT0BST,M3.5.0/1,M10.5.0", "EST5EDT,M3.2.0,M11.1.0",
		"AEST-10AEDT,M10.1.0,M4.1.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "IST-1GMT0,M10.5.0,M3.5.0/1",
		"IST-2IDT,M3.4.4/26,M10.5.0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "NST3:30NDT,M3.2.0,M11.1.0", "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
		"<-03>3", "<+0545>-5:45", "<+13>-13", "<-12>12", "UTC+3", "UTC-3", "UTC0", "GMT-1", "JST-9", "EST5", ":JST-9",
		// less common forms
		"AAA+3", "AAA3:30:15", "AAA-0:25:21", "AAA003", "AAA24", "AAA-24", "AAA25", "AAA-167", "<A1A>3", "Nosuchzone5", "aaa-3",
		"AAA3BBB2,J60/1,J300/2", "AAA3BBB2,60/1,300/2", "AAA3BBB,J59/0,J60/23", "AAA3BBB,M3.5.0/-2,M10.5.0/-1", "AAA3BBB,M3.5.0/26,M10.5.0/50",
		"AAA3BBB,M3.2.0/2:30:30,M11.1.0/1:15", "AAA3BBB,M03.02.00,M011.1.0", "AAA3BBB-3,M12.5.0,M1.1.0", "AAA3BBB25,M3.2.0/4,M11.1.0/4",
		"AAA3BBB,M2.5.6/-167,M10.1.1/167",
		// no rules, or zone files
		"", ":", "UTC", "AAA", "AA3", "A3", "A1A3", "<AB>3", "<+>3", "<>3", "<A B>3", "<-03", "<-03>", "3", "-3", "+0300", " AAA3", "AAA 3",
		"\x1b[2J3", "Ä3", "ÄÄÄ3", "AA_A3", "::AAA3", "\nAAA3", "No/Such_Zone", "No/Such5", "Europe/Berlin", ":Europe/Berlin", "Etc/GMT+5", "EST5EDT",
		"America/St_Johns", "/usr/share/zoneinfo/Asia/Kathmandu", ":/usr/share/zoneinfo/Asia/Kathmandu", "/no/such/file",
	}
	// Debian's C library has zone files of its own for a rule without dates, and is some hours off around a change.
	meant := map[string]string{}
	for _, tz := range []string{"AAA5BBB", "AAA5BBB4", "AAA-5BBB,"} {
		values, meant[tz] = append(values, tz), strings.TrimSuffix(tz, ",")+",M3.2.0,M11.1.0"
	}
	for _, tz := range values {
		want, got := tell(cmp.Or(meant[tz], tz), date, "-f", "-", "+%F %T"), tell(tz, os.Args[0])
		if len(got) != len(want) || len(got) < 35_000 {
			t.Fatalf("TZ=%q: %d answers, and %d of date", tz, len(got), len(want))
		}
		wrong := 0
		for i := range got {
			if got[i] != want[i] {
				if wrong++; wrong == 1 {
					t.Errorf("TZ=%q: %s, and date says %s", tz, got[i], want[i])
				}
			}
		}
		if wrong > 1 {
			t.Errorf("TZ=%q: %d more", tz, wrong-1)
		}
	}
}

// What is no rule is left to package time: not even a zone file is looked at for it.
func TestNoRule(t *testing.T) {
	for _, tz := range []string{"", "UTC", "Europe/Berlin", "Etc/GMT+5", "/etc/localtime", "EST", "AA3", "<A B>3", "<AAA3", "AAA", "AAA-", "AAA3BB", "AAA3BBB2CCC", "\x1b[2J3"} {
		if rule, ok := read(tz); ok {
			t.Errorf("%q is the rule %q", tz, rule)
		}
	}
}

// Whatever $TZ is, there is a local time, at most a day from UTC, and a name of the zone that a terminal may show.
func FuzzRead(f *testing.F) {
	for _, tz := range []string{"CET-1CEST,M3.5.0,M10.5.0/3", ":<-03>3", "AAA167BBB", "AAA3BBB,J60/1,300/-2:30:15", "AAA3BBB,", "<\x1b[2J>3", "\nAAA3"} {
		f.Add(tz, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, tz string, seconds int64) {
		rule, ok := read(tz)
		if !ok {
			return
		}
		zone, err := time.LoadLocationFromTZData("Local", zoneFile(rule))
		if err != nil {
			t.Fatal(err)
		}
		name, offset := time.Unix(seconds, 0).In(zone).Zone()
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) || offset < -25*60*60 || offset > 25*60*60 {
			t.Errorf("%q: %q, %d", tz, name, offset)
		}
	})
}
