package remote

import (
	"io"
	"net"
	"strings"
	"testing"
)

// Whoever connects and never ends the first message takes a bounded part of the service's memory.
func TestTheFirstMessageOfAnAdministrationIsBounded(t *testing.T) {
	service, caller := net.Pipe()
	sent := make(chan int64, 1)
	go func() {
		_, _ = io.WriteString(caller, `{"Args":["`)
		n, _ := io.Copy(caller, io.LimitReader(endless{}, 8*maxOrder)) // ends when nobody reads on
		sent <- n
	}()
	_, _, err := readOrder(service)
	_ = service.Close()
	if n := <-sent; err == nil || n > 2*maxOrder {
		t.Errorf("%d bytes were read: %v", n, err)
	}
}

// An order is read whole, and what comes after it is still there.
func TestWhatFollowsTheFirstMessageIsRead(t *testing.T) {
	service, caller := net.Pipe()
	go func() {
		_, _ = io.WriteString(caller, `{"Args":["keys","list"]} {"Data":"`+strings.Repeat("QUFB", 1000)+`"}`)
	}()
	order, in, err := readOrder(service)
	if err != nil || len(order.Args) != 2 {
		t.Fatalf("%+v, %v", order, err)
	}
	var got reply
	if err := in.Decode(&got); err != nil || len(got.Data) != 3000 {
		t.Errorf("%d bytes, %v", len(got.Data), err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for n := range b {
		b[n] = 'a'
	}
	return len(b), nil
}
