// Command histories exports the histories that every change must replay: one for each wait
// and each end of every kind of case, from a real Temporal server, sealed with a committed
// key. It writes new files only; what has landed is never edited. It must not be needed by
// anything but `make histories`.
package main
