// Package screens shows the system's pages to a real browser that has a
// keyboard and no mouse, and holds every page it reaches to the accessibility
// rules of axe-core. It is never imported: everything in it is a test.
//
// With MALLETTE_SCREENSHOTS set to a folder, pictures of the pages are kept there.
package screens
