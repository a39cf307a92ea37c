module github.com/entralogin/entralogin/testdata/git

go 1.26.0

require github.com/entralogin/entralogin v0.0.0-00010101000000-000000000000

replace github.com/entralogin/entralogin => ../..
