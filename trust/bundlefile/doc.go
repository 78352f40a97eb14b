// Package bundlefile keeps the newest trust bundle of a gate in one file, those of partners in a directory beside it, and beside each a note of
// the versions that were kept, for the day on which the file itself is gone, damaged or put back.
//
// A file that is replaced goes through a temporary file in the same directory, which is written, synced and renamed over the former one; then
// the directory is synced. So at every moment, and after a loss of power at any moment, the file is the former bundle or the new one, whole.
// Update locks the file against other updaters (package syscall, flock), so that of two of them the later never takes the file back a version.
package bundlefile
