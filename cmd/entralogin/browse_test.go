package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// pagesAt is the variable that says where the program "browse" brings the page that it is to open.
const pagesAt = "PAGES"

// browse is the program "browse", a browser: it talks on its streams, and goes on when it has the page.
func browse() {
	fmt.Println("standard output of the browser")
	fmt.Fprintln(os.Stderr, "standard error of the browser")
	conn, err := net.Dial("tcp", os.Getenv(pagesAt))
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, os.Args[len(os.Args)-1])
	conn.Close()
}

// visitPages has a person sign in as user at each page that a program "browse" brings, until the end of the test.
func visitPages(sim *entratest.Server, user string) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			page, err := io.ReadAll(conn)
			conn.Close()
			if err == nil {
				_, err = sim.Visit(context.Background(), string(page), user)
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "%q: %v\n", page, err)
			}
		}
	}()
	return l, nil
}
