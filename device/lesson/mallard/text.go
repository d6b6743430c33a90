package mallard

import (
	"strconv"
	"strings"
)

// inline writes what stands inside a paragraph as Markdown.
func (w *writing) inline(n *node) string {
	var b strings.Builder
	for _, kid := range n.kids {
		b.WriteString(w.piece(kid))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (w *writing) piece(n *node) string {
	switch n.name {
	case "":
		return escape(n.text)
	case "gui", "app":
		return around("**", w.inline(n), n)
	case "em":
		return around("*", w.inline(n), n)
	case "key", "cmd", "code", "file", "input", "output", "sys", "var":
		return code(n.words()) + after(n)
	case "keyseq":
		return w.joined(n, " + ")
	case "guiseq":
		return w.joined(n, " → ")
	case "link":
		return w.link(n)
	case "media":
		return w.figure(n)
	}
	return w.inline(n)
}

// around marks words, and keeps the blanks that Markdown wants outside.
func around(mark, words string, n *node) string {
	if words == "" {
		return ""
	}
	return mark + words + mark + after(n)
}

// after keeps apart what a writer ended with a blank.
func after(n *node) string {
	if len(n.kids) == 0 {
		return ""
	}
	if last := n.kids[len(n.kids)-1].text; strings.TrimRight(last, " \n\t") != last {
		return " "
	}
	return ""
}

func code(words string) string {
	words = strings.ReplaceAll(words, "`", "'")
	if words == "" {
		return ""
	}
	return "`" + words + "`"
}

// joined writes keys to hold together, or menus to go through.
func (w *writing) joined(n *node, with string) string {
	var parts []string
	for _, kid := range n.kids {
		if said := strings.TrimSpace(w.piece(kid)); said != "" {
			parts = append(parts, said)
		}
	}
	return strings.Join(parts, with)
}

// link becomes its words, or the title of the page it leads to.
func (w *writing) link(n *node) string {
	if strings.Contains(n.attr["href"], "://") {
		w.remote++
	}
	if said := w.inline(n); said != "" {
		return said + after(n)
	}
	id, _, _ := strings.Cut(n.attr["xref"], "#")
	return escape(w.help.titles[id])
}

// escape keeps Markdown and quizzes from seeing signs in a text.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]{}<>#|~!$&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// blocks writes paragraphs, lists, notes, tables and pictures.
func (w *writing) blocks(kids []*node) string {
	var parts []string
	for _, n := range kids {
		if said := strings.Trim(w.block(n), "\n"); strings.TrimSpace(said) != "" {
			parts = append(parts, said)
		}
	}
	return strings.Join(parts, "\n\n")
}

func (w *writing) block(n *node) string {
	switch n.name {
	case "p", "desc", "cite":
		return w.paragraph(n)
	case "note", "quote":
		return quoted(w.blocks(n.kids))
	case "list":
		return w.list(n, func(int) string { return "- " })
	case "steps":
		return w.list(n, func(i int) string { return strconv.Itoa(i+1) + ". " })
	case "terms":
		return w.terms(n)
	case "table":
		return w.table(n)
	case "title", "subtitle":
		return around("**", w.inline(n), n)
	case "media":
		return w.figure(n)
	case "code", "screen":
		return code(n.words())
	case "", "info", "links", "thumb":
		return "" // blanks between blocks, and what is for machines
	}
	return w.blocks(n.kids)
}

// paragraph writes one paragraph; a number or a dash that begins it is no list.
func (w *writing) paragraph(n *node) string {
	said := w.inline(n)
	if digits := strings.TrimLeft(said, "0123456789"); len(digits) < len(said) && strings.IndexAny(digits, ".)") == 0 {
		said = said[:len(said)-len(digits)] + "\\" + digits
	}
	if strings.HasPrefix(said, "-") || strings.HasPrefix(said, "+") || strings.HasPrefix(said, "=") {
		said = "\\" + said
	}
	return said
}

func (w *writing) list(n *node, mark func(int) string) string {
	var lines []string
	if t := n.first("title"); t != nil {
		lines = append(lines, around("**", w.inline(t), t)+"\n")
	}
	for i, item := range n.all("item") {
		m := mark(i)
		said := strings.ReplaceAll(w.blocks(item.kids), "\n", "\n"+strings.Repeat(" ", len(m)))
		lines = append(lines, m+said)
	}
	return strings.Join(lines, "\n")
}

// terms writes each term in bold, and what it means behind.
func (w *writing) terms(n *node) string {
	var lines []string
	for _, item := range n.all("item") {
		t := item.first("title")
		if t == nil {
			t = &node{}
		}
		lines = append(lines, "- "+strings.TrimSpace(around("**", w.inline(t), t)+" : "+strings.ReplaceAll(w.blocks(item.all("p", "list", "note")), "\n", "\n  ")))
	}
	return strings.Join(lines, "\n")
}

// table writes rows; the first is the head that Markdown wants.
func (w *writing) table(n *node) string {
	var rows []string
	for i, tr := range rowsOf(n) {
		var cells []string
		for _, td := range tr.all("td", "th") {
			cells = append(cells, strings.ReplaceAll(w.blocks(td.kids), "\n", " "))
		}
		rows = append(rows, "| "+strings.Join(cells, " | ")+" |")
		if i == 0 {
			rows = append(rows, "|"+strings.Repeat("---|", len(cells)))
		}
	}
	return strings.Join(rows, "\n")
}

func rowsOf(n *node) (rows []*node) {
	for _, kid := range n.kids {
		switch kid.name {
		case "tr":
			rows = append(rows, kid)
		case "thead", "tbody", "tfoot":
			rows = append(rows, rowsOf(kid)...)
		}
	}
	return rows
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}
