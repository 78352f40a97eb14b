package issuer

import "errors"

// What a caller of Issue, Activate and the publishing calls branches on.
var (
	// ErrNotReady says that nothing has been loaded: call Refresh, and publish first.
	ErrNotReady = errors.New("the issuer has nothing loaded: publish and refresh first")
	// ErrNoKey says that no active key of the purpose may sign now.
	ErrNoKey = errors.New("no active key may sign now")
	// ErrNoList says that the list of the day is not there: call EnsureLists.
	ErrNoList = errors.New("no list key for this day")
	// ErrWidth says that a handle does not fit the day's list.
	ErrWidth = errors.New("the handle does not fit the list of the day")
	// ErrRequest says that the request asks for a code that may not exist.
	ErrRequest = errors.New("the request is refused")
	// ErrNotYet says that a key may not be activated yet, or not any more.
	ErrNotYet = errors.New("the key may not be activated now")
	// ErrBackwards says that a publication would take something back that has been published.
	ErrBackwards = errors.New("a publication never goes back")
)
