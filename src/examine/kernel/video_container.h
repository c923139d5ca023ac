// One opened container over the bytes of a video: libavformat with no file, no protocol and one format. Internal to the
// kernel.
#pragma once

#include <memory>

#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace crossguard::examine {

constexpr uint64_t kFramePixelsMax = uint64_t{8192} * 8192;  // a decoder holds some sixteen frames

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Packet = std::unique_ptr<AVPacket, FreePacket>;
Packet NewPacket();

class Container {
 public:
  explicit Container(FileBytes& file) : input_{.file = file} {}
  ~Container();
  Container(const Container&) = delete;

  // From the beginning; 0, or libav's error.
  int Open(Kind kind);
  // Once more from the beginning, after `before` was opened and walked: what its streams hold is known, so that nothing
  // is decoded to find it out where the container itself lists its streams.
  int OpenAgain(Kind kind, const Container& before);

  // Beside sound alone a cover picture is a video of one frame; beside a video it is not looked at.
  bool has_video() const { return stream_index_ >= 0; }
  bool is_cover() const { return has_video() && (stream()->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0; }
  AVFormatContext* format() const { return format_; }
  AVStream* stream() const { return format_->streams[stream_index_]; }

  // The next packet of the video; 0, AVERROR_EOF or an error.
  int Next(AVPacket* packet);

 private:
  struct Input {
    FileBytes& file;
    uint64_t at = 0;
  };
  static int OnRead(void* opaque, uint8_t* to, int wanted);
  static int64_t OnSeek(void* opaque, int64_t offset, int whence);

  int OpenHead(Kind kind);
  bool HeadTellsAll() const;
  int FindStreams();

  Input input_;
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  int stream_index_ = -1;
  bool rare_ = false;
};

}  // namespace crossguard::examine
