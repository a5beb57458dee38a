// Package dev is the embedded stack: a private PostgreSQL, temporald, payersim, worker
// and API on this machine, each a process of its own under one supervisor, with their
// data in one folder. `parley dev` runs it for people; stack tests, faults and benches
// run it too, and kill and freeze its parts. It must not know what the programs do: they
// are a list, and what they are told is environment.
package dev
