package payersim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// maxBody is the largest interchange taken.
const maxBody = 8 << 20

// Handler serves /x12, /mailbox, and /control for tests. It needs a real connection
// for the faults that break one.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /x12", s.outOr(s.postX12))
	mux.HandleFunc("GET /mailbox", s.outOr(s.getMailbox))
	mux.HandleFunc("GET /mailbox/{id}", s.outOr(s.getLetter))
	mux.HandleFunc("DELETE /mailbox/{id}", s.outOr(s.deleteLetter))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { sendText(w, http.StatusOK, "alive\n") })
	s.addControl(mux)
	return mux
}

// outOr breaks the connection while an outage lasts, before a byte of the body is read.
func (s *Sim) outOr(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.isOut() {
			reset(w)
		}
		next(w, r)
	}
}

func (s *Sim) postX12(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			sendText(w, http.StatusRequestEntityTooLarge, "too large\n")
			return
		}
		panic(http.ErrAbortHandler) // the other side is gone
	}
	began := time.Now()
	out := s.receive(raw)
	s.opts.Log("payersim.received", "bytes", len(raw), "status", out.status, "deliver", string(out.deliver), "took", time.Since(began))
	ctx, cancel := s.until(r.Context())
	defer cancel()
	s.send(ctx, w, out)
}

// until is over when the other side gives up or the simulator closes.
func (s *Sim) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel()
	}
	s.holds++
	hold := s.holds
	s.held[hold] = cancel
	return ctx, func() {
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.held, hold)
	}
}

func (s *Sim) send(ctx context.Context, w http.ResponseWriter, out reply) {
	if out.delay > 0 && s.opts.Wait(ctx, out.delay) != nil {
		panic(http.ErrAbortHandler)
	}
	keep := out.keep
	if keep <= 0 || keep > len(out.body) {
		keep = len(out.body) / 2
	}
	switch out.deliver {
	case Silent:
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case ErrorBefore:
		sendText(w, http.StatusServiceUnavailable, "come back later\n")
	case ErrorAfter:
		sendText(w, http.StatusInternalServerError, "something went wrong\n")
	case ResetBefore, ResetAfter:
		reset(w)
	case Garbage:
		w.Header().Set("Content-Type", "text/html")
		sendBytes(w, http.StatusOK, []byte("<!doctype html><title>Sign in</title><h1>Your session has expired</h1>\n"))
	case Truncated:
		w.Header().Set("Content-Type", out.kind)
		sendBytes(w, out.status, out.body[:keep])
	case CutOff:
		w.Header().Set("Content-Type", out.kind)
		w.Header().Set("Content-Length", number(len(out.body)))
		sendBytes(w, out.status, out.body[:keep])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	default:
		w.Header().Set("Content-Type", out.kind)
		sendBytes(w, out.status, out.body)
	}
}

// reset breaks the connection so that the other side gets an error, never an end.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it is broken on purpose
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

func (s *Sim) getMailbox(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, map[string]any{"items": s.Mailbox(r.URL.Query().Get("receiver"), r.URL.Query().Get("sender"))})
}

// Mailbox lists what waits for a receiver, oldest first; empty filters fit all.
func (s *Sim) Mailbox(receiver, sender string) []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue(s.opts.Now())
	letters := []Letter{}
	for _, l := range s.mailbox {
		if (receiver == "" || l.Receiver == receiver) && (sender == "" || l.Sender == sender) {
			letters = append(letters, l)
		}
	}
	return letters
}

func (s *Sim) getLetter(w http.ResponseWriter, r *http.Request) {
	for _, l := range s.Mailbox("", "") {
		if l.ID == r.PathValue("id") {
			w.Header().Set("Content-Type", x12Type)
			sendBytes(w, http.StatusOK, l.body)
			return
		}
	}
	sendText(w, http.StatusNotFound, "no such letter\n")
}

// deleteLetter takes a letter away. One that was taken before is gone all the same.
func (s *Sim) deleteLetter(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	for _, l := range s.mailbox {
		if l.ID != id {
			continue
		}
		if err := s.ledger.append(Entry{At: s.opts.Now().UTC(), Kind: Taken, Mailbox: id}); err != nil {
			s.opts.Log("payersim.failed", "error", err)
			sendText(w, http.StatusInternalServerError, "not taken\n")
			return
		}
		s.drop(id)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	for _, e := range s.ledger.Entries() {
		if e.Kind == Taken && e.Mailbox == id {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	sendText(w, http.StatusNotFound, "no such letter\n")
}

// The connection may be gone when an answer is written; that is the other side's to
// notice, and the ledger has it.
func sendBytes(w http.ResponseWriter, status int, b []byte) {
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func sendText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	sendBytes(w, status, []byte(text))
}

func sendJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		sendText(w, http.StatusInternalServerError, strings.TrimSpace(err.Error())+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	sendBytes(w, http.StatusOK, append(b, '\n'))
}
