package e2e_test

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// rogue is somebody with a stolen station's disk, and a wish to do harm.
type rogue struct {
	story  *story
	me     *identity.Station
	client paho.Client
}

func (r *rogue) close() {
	if r != nil && r.client != nil {
		r.client.Disconnect(0)
	}
}

// aRogue: steals NAME, connects [id=…], publishes KIND TEXT, floods KIND,
// publishes-elsewhere TOPIC, stays, is-cut, plants PACK at NAME, shows PICTURE at NAME.
func aRogue(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	if s.rogue == nil {
		s.rogue = &rogue{story: s}
	}
	r := s.rogue
	act(ts, neg, "rogue", args, map[string]func([]string) error{
		"steals":    func(args []string) error { return r.steal(s.station(ts, args[0])) },
		"connects":  func(args []string) error { return r.connect(settings(ts, args)["id"]) },
		"publishes": func(args []string) error { return r.publish(args[0], []byte(args[1])) },
		"floods":    func(args []string) error { return r.publish(args[0], bytes.Repeat([]byte("x"), wire.MaxPayload+4096)) },
		"is": nothing1("cut", func() error {
			s.eventually(ts, func() error {
				if r.client.IsConnectionOpen() {
					return errors.New("the rogue is still connected")
				}
				return nil
			})
			return nil
		}),
		"plants": func(args []string) error {
			return plant(args[0], filepath.Join(s.station(ts, args[2]).Data(), "lessons"))
		},
		"shows": func(args []string) error { return s.mischief(s.station(ts, args[2]), args[0]) },
	})
}

func nothing1(word string, do func() error) func([]string) error {
	return func(args []string) error {
		if len(args) != 1 || args[0] != word {
			return fmt.Errorf("%v; want %s", args, word)
		}
		return do()
	}
}

// steal copies the keys of a station.
func (r *rogue) steal(p *post) (err error) {
	r.me, err = identity.LoadStation(filepath.Join(p.Data(), "identity"))
	return err
}

// connect speaks MQTT with the stolen certificate, under its own client id or another.
func (r *rogue) connect(id string) error {
	r.close()
	if id == "" {
		id = string(r.me.ID)
	}
	config := r.me.TLS(func() time.Time { return time.Time{} })
	config.NextProtos = []string{identity.ProtoMQTT}
	server := r.story.fleet.Listen
	o := paho.NewClientOptions().AddBroker("tls://" + server).SetClientID(id).SetCleanSession(true).SetProtocolVersion(4)
	o.SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(10 * time.Second)
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
		return tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", server, config)
	})
	r.client = paho.NewClient(o)
	return done(r.client.Connect())
}

func done(token paho.Token) error {
	if !token.WaitTimeout(15 * time.Second) {
		return errors.New("no answer")
	}
	return token.Error()
}

// publish sends a text on one of the station's own topics, or on any other:
// a kind with a slash is a whole topic.
func (r *rogue) publish(kind string, payload []byte) error {
	topic := kind
	if !strings.Contains(kind, "/") {
		topic = wire.Up(stage.Tenant, r.me.ID, wire.Kind(kind))
	}
	return done(r.client.Publish(topic, 1, false, payload))
}

// plant puts a pack among a station's lessons: a good lesson with one thing in
// it that means harm.
func plant(what, dir string) error {
	harm := map[string]map[string]string{
		"good":      {},
		"bomb":      {"memo.md": strings.Repeat("0", 64<<20)},
		"traversal": {"../../identity/station.json": "{}"},
		"script":    {"images/run.js": "alert(1)"},
		"remote":    {"memo.md": "# Mémo\n\n![suivi](https://traceur.example/x.png)\n"},
	}[what]
	if harm == nil {
		return fmt.Errorf("no pack %s", what)
	}
	files, err := lesson("souris", what)
	if err != nil {
		return err
	}
	maps.Copy(files, harm)
	var pack bytes.Buffer
	w := zip.NewWriter(&pack)
	for name, text := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method(name)})
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			return err
		}
	}
	if err := errors.Join(w.Close(), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, what+".zip"), pack.Bytes(), 0o644)
}

// method stores what a station plays, as the format asks, and compresses the
// rest.
func method(name string) uint16 {
	if path.Ext(name) == ".webm" {
		return zip.Store
	}
	return zip.Deflate
}

// lesson reads a lesson that every station has, under another identifier.
func lesson(id, as string) (map[string]string, error) {
	root := os.DirFS(filepath.Join("..", "..", "kiosk-ui", "lessons", id))
	files := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = strings.Replace(string(text), "id: "+id+"\n", "id: "+as+"\n", 1)
		return err
	})
	return files, err
}

// mischief holds something that is no picture before a camera.
func (s *story) mischief(p *post, what string) error {
	picture := map[string][]byte{
		"noise":     bytes.Repeat([]byte{0xde, 0xad, 0xbe, 0xef}, 40_000),
		"giant":     append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x00\x00\x00\x00"), make([]byte, 64)...),
		"empty":     {},
		"jpeg-head": append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{0xff}, 5000)...),
	}[what]
	if what == "half" {
		pass, err := s.papers.pass(int(s.seeded.Batch), 200)
		if err != nil {
			return err
		}
		whole, err := os.ReadFile(pass.picture)
		if err != nil {
			return err
		}
		picture = whole[:len(whole)/2]
	}
	file := filepath.Join(s.dir, what+".png")
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		return err
	}
	return p.photograph(file)
}
