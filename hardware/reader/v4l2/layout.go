package v4l2

// Numbers of <linux/videodev2.h> on 64-bit kernels. The sizes of the structs
// are part of the requests, and layout_test.go holds the offsets.
const (
	queryCapabilities = 0x80685600
	setFormat         = 0xc0d05605
	requestBuffers    = 0xc0145608
	queryBuffer       = 0xc0585609
	giveBuffer        = 0xc058560f
	takeBuffer        = 0xc0585611
	streamOn          = 0x40045612
	streamOff         = 0x40045613
)

const (
	capCapture    = 0x00000001
	capStreaming  = 0x04000000
	capDeviceCaps = 0x80000000

	typeCapture  = 1
	memoryMmap   = 1
	fieldNone    = 1
	flagBadFrame = 0x40
)

// pixelFormat is four letters, the first in the lowest byte.
type pixelFormat uint32

const (
	grey  pixelFormat = 'G' | 'R'<<8 | 'E'<<16 | 'Y'<<24
	yuyv  pixelFormat = 'Y' | 'U'<<8 | 'Y'<<16 | 'V'<<24
	mjpeg pixelFormat = 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24
)

func (p pixelFormat) String() string {
	return string([]byte{byte(p), byte(p >> 8), byte(p >> 16), byte(p >> 24)})
}

// capability is struct v4l2_capability.
type capability struct {
	Driver       [16]byte
	Card         [32]byte
	BusInfo      [32]byte
	Version      uint32
	Capabilities uint32
	DeviceCaps   uint32
	_            [3]uint32
}

// format is struct v4l2_format with its union read as struct v4l2_pix_format.
type format struct {
	Type         uint32
	_            uint32
	Width        uint32
	Height       uint32
	PixelFormat  pixelFormat
	Field        uint32
	BytesPerLine uint32
	SizeImage    uint32
	_            [176]byte
}

// bufferRequest is struct v4l2_requestbuffers.
type bufferRequest struct {
	Count        uint32
	Type         uint32
	Memory       uint32
	Capabilities uint32
	_            [4]byte
}

// buffer is struct v4l2_buffer with its union read as an offset.
type buffer struct {
	Index     uint32
	Type      uint32
	BytesUsed uint32
	Flags     uint32
	Field     uint32
	_         uint32
	Timestamp [2]int64
	Timecode  [16]byte
	Sequence  uint32
	Memory    uint32
	Offset    uint64
	Length    uint32
	_         [2]uint32
	_         uint32
}
