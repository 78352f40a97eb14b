package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
)

// dial is a client that writes in small pieces, as one at the end of a long line does: what it sends is not all in some buffer.
func (w *world) dial() *net.TCPConn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	w.must(err)
	tcp := conn.(*net.TCPConn)
	w.must(tcp.SetWriteBuffer(16 << 10))
	w.must(tcp.SetDeadline(time.Now().Add(20 * time.Second)))
	w.t.Cleanup(func() { _ = tcp.Close() }) // the server may have closed it
	return tcp
}

// tooMuch is a request for a verdict with a body of so many bytes, declared or in chunks.
func tooMuch(bytes int, chunked bool, headers string) io.Reader {
	const head = "POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	body := io.LimitReader(endless{}, int64(bytes))
	if !chunked {
		return io.MultiReader(strings.NewReader(fmt.Sprintf("%s%sContent-Length: %d\r\n\r\n", head, headers, bytes)), body)
	}
	return io.MultiReader(strings.NewReader(fmt.Sprintf("%s%sTransfer-Encoding: chunked\r\n\r\n%x\r\n", head, headers, bytes)), body, strings.NewReader("\r\n0\r\n\r\n"))
}

func wantTooLarge(t *testing.T, conn net.Conn) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the answer cannot be read: %v", err)
	}
	defer answer.Body.Close()
	if p := problemIn(t, answer); answer.StatusCode != http.StatusRequestEntityTooLarge || p.Code != api.CodeTooLarge || !answer.Close {
		t.Errorf("%d %+v, close %v", answer.StatusCode, p, answer.Close)
	}
}

// Most clients send a request to its end before they read a word of the answer.
func TestWhoeverSendsTooMuchAndReadsAfterwardsReadsThatItWasTooMuch(t *testing.T) {
	w := newWorld(t)
	for _, size := range []int{api.MaxBody + 1, 1_500_000, 3_000_000, 7 << 20} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, chunked %v", size, chunked), func(t *testing.T) {
				conn := w.dial()
				if _, err := io.Copy(conn, tooMuch(size, chunked, "")); err != nil {
					t.Fatalf("the request cannot be sent: %v", err)
				}
				wantTooLarge(t, conn)
			})
		}
	}
}

// Others read while they send, and stop.
func TestTheAnswerComesBeforeTheRestIsRead(t *testing.T) {
	w := newWorld(t)
	for _, chunked := range []bool{false, true} {
		conn := w.dial()
		request := tooMuch(3_000_000, chunked, "")
		if _, err := io.CopyN(conn, request, api.MaxBody+(64<<10)); err != nil {
			t.Fatal(err)
		}
		wantTooLarge(t, conn) // with two thirds of the request not sent
	}
}

func TestWhoeverAsksFirstIsToldNotToSend(t *testing.T) {
	w := newWorld(t)
	conn := w.dial()
	if _, err := io.Copy(conn, strings.NewReader("POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	wantTooLarge(t, conn) // and no 100 before it
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("the connection is still open")
	}
	sends := w.dial()
	in := bufio.NewReader(sends)
	head, body, _ := strings.Cut(readAll(t, tooMuch(3_000_000, true, "Expect: 100-continue\r\n")), "\r\n\r\n") // in chunks nobody knows beforehand
	if _, err := io.WriteString(sends, head+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(sends, body); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%+v, %v", answer, err)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is refused for another reason is no less readable, and what is taken leaves the connection open for the next.
func TestALargeRequestThatIsRefusedForAnotherReasonIsAnsweredToo(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{"/v1/session": http.StatusMethodNotAllowed, "/nowhere": http.StatusNotFound} {
		for _, chunked := range []bool{false, true} {
			conn := w.dial()
			request := strings.Replace(readAll(t, tooMuch(900_000, chunked, "")), "/v1/verifications", path, 1)
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || answer.StatusCode != want {
				t.Errorf("%s, chunked %v: %v, %v", path, chunked, answer, err)
			}
		}
	}
	conn := w.dial()
	in := bufio.NewReader(conn)
	for range 3 {
		if _, err := io.Copy(conn, tooMuch(900_000, true, "")); err != nil { // is no JSON
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusBadRequest {
			t.Fatalf("%v, %v", answer, err)
		}
		_ = readAll(t, answer.Body)
	}
}
