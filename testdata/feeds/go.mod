module github.com/entralogin/entralogin/testdata/feeds

go 1.26.0

require (
	github.com/entralogin/entralogin v0.0.0-00010101000000-000000000000
	github.com/entralogin/entralogin/testdata/git v0.0.0-00010101000000-000000000000
)

require (
	github.com/godbus/dbus/v5 v5.2.2 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	software.sslmate.com/src/go-pkcs12 v0.7.4 // indirect
)

replace (
	github.com/entralogin/entralogin => ../..
	github.com/entralogin/entralogin/testdata/git => ../git
)
