// Package paper draws the sheet that a person without a phone carries: the paper code with its masked name, colour and validity in words, and, where
// there is a salt, a second symbol that a fold hides.
//
// Page writes it as an HTML document for a browser's print dialog, PDF as a document for a kiosk or a printer. Both come from one layout, in A4 or as
// a card to be folded, with one language large and the other two small. What the sheet says of the person is read from the code itself: a sheet cannot
// contradict its symbol.
//
// The package holds no state but its fonts, which never change: everything is safe for concurrent use. The same Sheet gives the same bytes.
package paper
