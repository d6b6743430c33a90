package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

// chosen are the disks that were named, or all sticks and cards; each may be
// written.
func (c *flashCommand) chosen(host flash.Host, size int64) ([]flash.Disk, error) {
	if c.All {
		return c.portable(host, size)
	}
	if len(c.Disks) == 0 || c.Disks[0] == "" {
		return nil, errMisused
	}
	var disks []flash.Disk
	for _, name := range c.Disks {
		disk, err := host.Disk(name)
		if err == nil {
			err = c.refusal(disk, size)
		}
		if err != nil {
			return nil, named{name, err}
		}
		disks = append(disks, disk)
	}
	return disks, nil
}

func (c *flashCommand) refusal(d flash.Disk, size int64) error {
	if err := d.Refusal(size); err != nil {
		return err
	}
	if !d.Portable() && !c.Internal {
		return &flash.Error{Kind: flash.KindInternal}
	}
	return nil
}

// portable leaves out what may not be written: with --all nobody named it.
func (c *flashCommand) portable(host flash.Host, size int64) ([]flash.Disk, error) {
	if c.Yes || len(c.Disks) > 0 && c.Disks[0] != "" {
		return nil, errMisused
	}
	all, err := host.List()
	if err != nil {
		return nil, err
	}
	var disks []flash.Disk
	for _, d := range all {
		if d.Portable() && d.Refusal(size) == nil {
			disks = append(disks, d)
		}
	}
	if len(disks) == 0 {
		return nil, &flash.Error{Kind: flash.KindMissing}
	}
	return disks, nil
}

// named is a failure of one disk among several.
type named struct {
	disk string
	err  error
}

// Error implements error.
func (n named) Error() string { return n.disk + ": " + n.err.Error() }

// Unwrap returns the failure.
func (n named) Unwrap() error { return n.err }

// each opens the disks, does the work with a line of progress for each, and
// says how each ended.
func (c *flashCommand) each(d *desk, host flash.Host, disks []flash.Disk, work func([]*flash.Device, func(int) func(flash.Progress)) []error, done string) error {
	devices, err := openAll(host, disks)
	if err != nil {
		return err
	}
	bars := newBars(d.out, disks)
	errs := work(devices, bars.tell)
	bars.end()
	for n, v := range devices {
		if flash.KindOf(errs[n]) == flash.KindStuck && errs[n] != nil {
			continue // closing waits for the kernel, which waits for the stick
		}
		_ = v.Reread() // others read the new table when the disk is plugged in again
		_ = v.Close()  // everything was synced and read back
	}
	return c.conclude(d, disks, errs, done)
}

func openAll(host flash.Host, disks []flash.Disk) (devices []*flash.Device, err error) {
	for _, disk := range disks {
		v, err := host.Open(disk)
		if err != nil {
			for _, before := range devices {
				err = errors.Join(err, before.Close())
			}
			return nil, named{disk.Name, err}
		}
		devices = append(devices, v)
	}
	return devices, nil
}

func (c *flashCommand) conclude(d *desk, disks []flash.Disk, errs []error, done string) (failed error) {
	for n, disk := range disks {
		if errs[n] == nil {
			fmt.Fprintf(d.out, "%s : %s.\n", disk.Name, done)
			continue
		}
		failed = errUnready
		fmt.Fprintf(d.out, "%s : %s\n", disk.Name, sentence(errs[n]))
		if !c.VerifyOnly && flash.KindOf(errs[n]).Erased() {
			fmt.Fprintf(d.out, "%s n'est PAS utilisable : aucune machine ne démarrera dessus. Relancez la même commande pour recommencer.\n", strings.Repeat(" ", len(disk.Name)))
		}
	}
	return failed
}

// onEach does the work on all devices at the same time.
func onEach(devices []*flash.Device, work func(int, *flash.Device) error) []error {
	errs := make([]error, len(devices))
	var running sync.WaitGroup
	for n, v := range devices {
		running.Go(func() { errs[n] = work(n, v) })
	}
	running.Wait()
	return errs
}

// listDisks prints every disk, with what is on it and why it may not be written.
func listDisks(d *desk, host flash.Host) error {
	disks, err := host.List()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(d.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "DISQUE\tTAILLE\tPRISE\tMODÈLE\tSÉRIE\tCONTENU\tUTILISABLE")
	for _, disk := range disks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", disk.Name, size(disk.Size), bus(disk.Bus), disk.Model, disk.Serial, contents(disk), usable(disk))
	}
	return table.Flush()
}

func usable(d flash.Disk) string {
	if err := d.Refusal(0); err != nil {
		return "non : " + sentence(err)
	}
	if !d.Portable() {
		return "avec --internal : disque de cette machine"
	}
	return "oui"
}

// size is in the units that are printed on sticks.
func size(n int64) string {
	if n < 10e9 {
		return strings.Replace(fmt.Sprintf("%.1f Go", float64(n)/1e9), ".", ",", 1)
	}
	return fmt.Sprintf("%.0f Go", float64(n)/1e9)
}

func bus(b flash.Bus) string {
	switch b {
	case flash.BusUSB:
		return "USB"
	case flash.BusCard:
		return "carte"
	case flash.BusMMC:
		return "eMMC"
	case flash.BusNVMe:
		return "NVMe"
	case flash.BusSATA:
		return "SATA"
	}
	return string(b)
}

// contents says what would be lost.
func contents(d flash.Disk) string {
	var all []string
	for _, p := range d.Parts {
		all = append(all, content(p.Content)+" "+size(p.Size))
	}
	switch {
	case d.Content.Format == flash.FormatBegun:
		return "écriture interrompue : à refaire"
	case len(all) > 0:
		return strings.Join(all, ", ")
	case d.Content.Format == flash.FormatNone:
		return "rien de reconnu"
	}
	return content(d.Content)
}

func content(c flash.Content) string {
	words := map[flash.Format]string{
		flash.FormatNTFS: "Windows", flash.FormatBitLocker: "Windows (chiffré)", flash.FormatFAT: "fichiers (FAT)", flash.FormatExFAT: "fichiers (exFAT)",
		flash.FormatExt: "Linux", flash.FormatBtrfs: "Linux", flash.FormatXFS: "Linux", flash.FormatLUKS: "Linux (chiffré)", flash.FormatLVM: "Linux (volumes)",
		flash.FormatSwap: "Linux (échange)", flash.FormatSquash: "système Mallette ou Linux", flash.FormatISO: "support d'installation",
		flash.FormatAPFS: "macOS", flash.FormatHFS: "macOS", flash.FormatTable: "table de partitions", flash.FormatNone: "inconnu",
	}
	if c.Label == "" {
		return words[c.Format]
	}
	return words[c.Format] + " « " + c.Label + " »"
}
