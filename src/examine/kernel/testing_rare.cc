// The rarer containers and archives: by the muxers of libavformat and libarchive where they have one, else by hand.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/error.h"
#include "drawing/av_memory.h"
#include "drawing/drawing.h"
#include "examine/kernel/testing_kinds.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace crossguard::examine::testing {
namespace {

void Put(Bytes& out, uint64_t value, size_t bytes) {  // little-endian
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
void Append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

uint8_t GreyOf(const drawing::Picture& picture, size_t pixel) {
  return picture.rgb[pixel * 3 + 1];
}

// As one maker's surveillance recorders write it: each picture between "DHAV" and "dhav".
Bytes MakeDhav(const std::vector<drawing::Picture>& frames, int rate) {
  const Stream stream = StreamOf(EncodeVideo(frames, {.container = "h264", .frames_per_second = rate}));
  constexpr size_t kHead = 24, kMore = 12, kTail = 8;
  Bytes out;
  for (size_t i = 0; i < stream.packets.size(); ++i) {
    const size_t length = kHead + kMore + stream.packets[i].size() + kTail;
    Append(out, AsBytes("DHAV"));
    Put(out, i == 0 ? 0xFD : 0xFC, 4);  // the type; then subtype, channel and part, all zero
    Put(out, i, 4);
    Put(out, length, 4);
    Put(out, 21U << 26 | 7U << 22 | 4U << 17 | 18U << 12 | 22U << 6 | 31U, 4);  // 2021-07-04 18:22:31
    Put(out, i * 1000 / static_cast<size_t>(rate), 2);
    Put(out, kMore, 1);
    Put(out, 0, 1);
    Put(out, 0x82, 4);
    Put(out, frames.front().width, 2);
    Put(out, frames.front().height, 2);
    Put(out, 0x81, 2);
    Put(out, 2, 1);  // H.264
    Put(out, static_cast<size_t>(rate), 1);
    Append(out, stream.packets[i]);
    Append(out, AsBytes("dhav"));
    Put(out, length, 4);
  }
  return out;
}

// Autodesk's FLC: a palette of greys and plain pixels.
Bytes MakeFlic(const std::vector<drawing::Picture>& frames, int rate) {
  const drawing::Picture& first = frames.front();
  const size_t pixels = size_t{first.width} * first.height;
  Bytes body;
  for (const drawing::Picture& frame : frames) {
    constexpr size_t kPalette = 6 + 4 + 768;
    Put(body, 16 + kPalette + 6 + pixels, 4);
    Put(body, 0xF1FA, 2);
    Put(body, 2, 2);
    Put(body, 0, 8);
    Put(body, kPalette, 4);
    Put(body, 4, 2);
    Put(body, 1, 4);  // one run of colours; none passed over, and all 256
    for (uint64_t i = 0; i < 256; ++i) Put(body, i * 0x010101U, 3);
    Put(body, 6 + pixels, 4);
    Put(body, 16, 2);
    for (size_t i = 0; i < pixels; ++i) body.push_back(GreyOf(frame, i));
  }
  Bytes out;
  Put(out, 128 + body.size(), 4);
  Put(out, 0xAF12, 2);
  Put(out, frames.size(), 2);
  Put(out, first.width, 2);
  Put(out, first.height, 2);
  Put(out, 8, 2);
  Put(out, 3, 2);
  Put(out, static_cast<size_t>(1000 / rate), 4);
  out.resize(80);
  Put(out, 128, 4);
  out.resize(128);
  Append(out, body);
  return out;
}

// What cameras behind telescopes write: grey pixels behind one head.
Bytes MakeSer(const std::vector<drawing::Picture>& frames) {
  Bytes out = ToBytes("LUCAM-RECORDER");
  Put(out, 0, 8);
  Put(out, 1, 4);
  Put(out, frames.front().width, 4);
  Put(out, frames.front().height, 4);
  Put(out, 8, 4);
  Put(out, frames.size(), 4);
  out.resize(178);
  for (const drawing::Picture& frame : frames) {
    for (size_t i = 0; i < frame.rgb.size() / 3; ++i) out.push_back(GreyOf(frame, i));
  }
  return out;
}

void PutBig(Bytes& out, uint64_t value, size_t bytes) {
  for (size_t i = bytes; i > 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * (i - 1))));
}

// A games console's film: a table of samples, then Cinepak.
Bytes MakeFilm(const std::vector<drawing::Picture>& frames, int rate) {
  const Stream stream =
      StreamOf(EncodeVideo(frames, {.container = "avi", .codec = "cinepak", .frames_per_second = rate}));
  const size_t head = 16 + 32 + 16 + 16 * stream.packets.size();
  Bytes out = ToBytes("FILM"), data;
  PutBig(out, head, 4);
  Append(out, AsBytes("1.09"));
  PutBig(out, 0, 4);
  Append(out, AsBytes("FDSC"));
  PutBig(out, 32, 4);
  Append(out, AsBytes("cvid"));
  PutBig(out, frames.front().height, 4);
  PutBig(out, frames.front().width, 4);
  PutBig(out, 24, 1);
  out.resize(out.size() + 11);  // no sound
  Append(out, AsBytes("STAB"));
  PutBig(out, 16 + 16 * stream.packets.size(), 4);
  PutBig(out, static_cast<size_t>(rate), 4);
  PutBig(out, stream.packets.size(), 4);
  for (size_t i = 0; i < stream.packets.size(); ++i) {
    PutBig(out, data.size(), 4);
    PutBig(out, stream.packets[i].size(), 4);
    PutBig(out, i == 0 ? 0 : i | 0x8000'0000U, 4);  // when; the high bit: no key
    PutBig(out, 1, 4);
    Append(data, stream.packets[i]);
  }
  Append(out, data);
  return out;
}

}  // namespace

std::vector<RareVideo> RareVideos(const std::vector<drawing::Picture>& frames) {
  constexpr int kRate = 25;
  std::vector<RareVideo> out;
  const auto add = [&](const char* container, const char* codec, Kind kind, const char* demuxer, int b_frames = 0) {
    out.push_back(
        {.kind = kind,
         .demuxer = demuxer,
         .bytes = EncodeVideo(
             frames, {.container = container, .codec = codec, .frames_per_second = kRate, .b_frames = b_frames})});
  };
  add("nut", "mpeg4", Kind::kOtherVideo, "nut", 1);
  add("nut", "libx264", Kind::kOtherVideo, "nut", 2);
  add("wtv", "mpeg2video", Kind::kOtherVideo, "wtv", 1);
  add("yuv4mpegpipe", "wrapped_avframe", Kind::kOtherVideo, "yuv4mpegpipe");
  add("smjpeg", "mjpeg", Kind::kOtherVideo, "smjpeg");
  add("mpjpeg", "mjpeg", Kind::kOtherVideo, "mpjpeg");
  add("obu", "libaom-av1", Kind::kOtherVideo, "obu");
  add("dirac", "vc2", Kind::kOtherVideo, "dirac");
  add("m4v", "mpeg4", Kind::kMpeg4, "m4v", 1);
  add("swf", "flv", Kind::kFlash, "swf");
  add("swf", "mjpeg", Kind::kFlash, "swf");
  out.push_back({.kind = Kind::kOtherVideo, .demuxer = "dhav", .bytes = MakeDhav(frames, kRate)});
  out.push_back({.kind = Kind::kOtherVideo, .demuxer = "flic", .bytes = MakeFlic(frames, kRate)});
  out.push_back({.kind = Kind::kOtherVideo, .demuxer = "ser", .bytes = MakeSer(frames)});
  out.push_back({.kind = Kind::kOtherVideo, .demuxer = "film_cpk", .bytes = MakeFilm(frames, kRate)});
  // Programme streams behind the head of a recorder, and in the sectors of a Video CD.
  const Bytes mpeg = EncodeVideo(frames, {.container = "vcd",
                                          .codec = "mpeg1video",
                                          .frames_per_second = kRate,
                                          .b_frames = 1,
                                          .muxer = "packetsize=2324"});  // a pack in each sector
  Bytes recorder = ToBytes("IMKH");
  recorder.resize(40);
  Append(recorder, mpeg);
  out.push_back({.kind = Kind::kMpeg, .demuxer = "mpeg", .bytes = std::move(recorder)});
  constexpr size_t kSector = 2324, kSync = 24, kCheck = 4;
  Bytes disc = ToBytes(
      "RIFF\x01\x01\x01\x01"
      "CDXAfmt ");
  disc.resize(44);
  for (size_t at = 0; at < mpeg.size(); at += kSector) {
    disc.resize(disc.size() + kSync);
    Append(disc, ByteView(mpeg).subspan(at, std::min(kSector, mpeg.size() - at)));
    disc.resize(disc.size() + kCheck);
  }
  out.push_back({.kind = Kind::kMpeg, .demuxer = "mpeg", .bytes = std::move(disc)});
  return out;
}

Bytes MakeSoundWithCover(const Bytes& jpeg, uint32_t width, uint32_t height) {
  av_log_set_level(AV_LOG_QUIET);
  drawing::AvMemory memory;
  AVFormatContext* format = nullptr;
  CHECK(avformat_alloc_output_context2(&format, nullptr, "ipod", nullptr) >= 0);
  constexpr int kBuffer = drawing::AvMemory::kBufferBytes;
  format->pb = avio_alloc_context(static_cast<uint8_t*>(av_malloc(kBuffer)), kBuffer, 1, &memory, nullptr,
                                  drawing::AvMemory::Write, drawing::AvMemory::Seek);
  const AVCodec* const encoder = avcodec_find_encoder(AV_CODEC_ID_AAC);
  CHECK(encoder != nullptr);
  AVCodecContext* codec = avcodec_alloc_context3(encoder);
  constexpr int kSamplesPerSecond = 44'100;
  codec->sample_rate = kSamplesPerSecond;
  codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&codec->ch_layout, 1);
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  CHECK(avcodec_open2(codec, encoder, nullptr) >= 0);
  AVStream* const sound = avformat_new_stream(format, nullptr);
  sound->time_base = {1, kSamplesPerSecond};
  CHECK(avcodec_parameters_from_context(sound->codecpar, codec) >= 0);
  AVStream* const cover = avformat_new_stream(format, nullptr);
  cover->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  cover->codecpar->codec_id = AV_CODEC_ID_MJPEG;
  cover->codecpar->width = static_cast<int>(width);
  cover->codecpar->height = static_cast<int>(height);
  cover->disposition = AV_DISPOSITION_ATTACHED_PIC;
  CHECK(avformat_write_header(format, nullptr) >= 0);
  AVPacket* packet = av_packet_alloc();
  CHECK(av_new_packet(packet, static_cast<int>(jpeg.size())) >= 0);
  std::memcpy(packet->data, jpeg.data(), jpeg.size());
  packet->stream_index = cover->index;
  packet->flags |= AV_PKT_FLAG_KEY;
  CHECK(av_interleaved_write_frame(format, packet) >= 0);
  AVFrame* frame = av_frame_alloc();
  const auto drain = [&] {
    while (avcodec_receive_packet(codec, packet) >= 0) {
      av_packet_rescale_ts(packet, codec->time_base, sound->time_base);
      packet->stream_index = sound->index;
      CHECK(av_interleaved_write_frame(format, packet) >= 0);
    }
  };
  for (int i = 0; i < 20; ++i) {
    frame->format = codec->sample_fmt;
    frame->sample_rate = kSamplesPerSecond;
    frame->nb_samples = codec->frame_size;
    CHECK(av_channel_layout_copy(&frame->ch_layout, &codec->ch_layout) >= 0 && av_frame_get_buffer(frame, 0) >= 0);
    auto* const samples = reinterpret_cast<float*>(frame->data[0]);
    for (int k = 0; k < frame->nb_samples; ++k) {
      const double turns = 440.0 * (i * frame->nb_samples + k) / kSamplesPerSecond;
      samples[k] = static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * turns));
    }
    frame->pts = int64_t{i} * frame->nb_samples;
    CHECK(avcodec_send_frame(codec, frame) >= 0);
    drain();
    av_frame_unref(frame);
  }
  CHECK(avcodec_send_frame(codec, nullptr) >= 0);
  drain();
  CHECK(av_write_trailer(format) >= 0);
  avio_flush(format->pb);
  av_packet_free(&packet);
  av_frame_free(&frame);
  avcodec_free_context(&codec);
  av_freep(&format->pb->buffer);
  avio_context_free(&format->pb);
  avformat_free_context(format);
  return memory.bytes;
}

Bytes MakeCab(const std::vector<std::pair<std::string, Bytes>>& members) {
  constexpr size_t kBlock = 32'768;
  Bytes all, entries;
  for (const auto& [name, bytes] : members) {
    Put(entries, bytes.size(), 4);
    Put(entries, all.size(), 4);
    Put(entries, 0, 2);
    Put(entries, 0x52E41234, 4);  // when
    Put(entries, 0xA0, 2);        // an ordinary file, its name in UTF-8
    Append(entries, AsBytes(name));
    entries.push_back(0);
    Append(all, bytes);
  }
  const size_t blocks = (all.size() + kBlock - 1) / kBlock;
  constexpr size_t kHead = 36, kFolder = 8;
  const size_t data_at = kHead + kFolder + entries.size();
  Bytes out = ToBytes("MSCF");
  Put(out, 0, 4);
  Put(out, data_at + blocks * 8 + all.size(), 4);
  Put(out, 0, 4);
  Put(out, kHead + kFolder, 4);
  Put(out, 0, 4);
  Put(out, 0x0103, 2);
  Put(out, 1, 2);
  Put(out, members.size(), 2);
  Put(out, 0, 6);
  Put(out, data_at, 4);
  Put(out, blocks, 2);
  Put(out, 0, 2);  // stored
  Append(out, entries);
  for (size_t at = 0; at < all.size(); at += kBlock) {
    const ByteView block = ByteView(all).subspan(at, std::min(kBlock, all.size() - at));
    Put(out, 0, 4);  // no sum
    Put(out, block.size(), 2);
    Put(out, block.size(), 2);
    Append(out, block);
  }
  return out;
}

Bytes MakeLha(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out;
  for (const auto& [name, bytes] : members) {
    uint32_t crc = 0;
    for (const uint8_t byte : bytes) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xA001U ^ (crc >> 1) : crc >> 1;
    }
    Bytes header = ToBytes("-lh0-");  // stored
    Put(header, bytes.size(), 4);
    Put(header, bytes.size(), 4);
    Put(header, 0x52E41234, 4);
    Put(header, 0x20, 2);  // an ordinary file; a header of level 0
    Put(header, name.size(), 1);
    Append(header, AsBytes(name));
    Put(header, crc, 2);
    uint32_t sum = 0;
    for (const uint8_t byte : header) sum += byte;
    Put(out, header.size(), 1);
    Put(out, sum & 0xFFU, 1);
    Append(out, header);
    Append(out, bytes);
  }
  out.push_back(0);
  return out;
}

std::vector<RareArchive> RareArchives(const std::vector<std::pair<std::string, Bytes>>& members) {
  return {{Kind::kCpio, MakeArchive(Packing::kCpio, members)},
          {Kind::kCpio, MakeArchive(Packing::kCpioOld, members)},
          {Kind::kAr, MakeArchive(Packing::kAr, members)},
          {Kind::kCab, MakeCab(members)},
          {Kind::kLha, MakeLha(members)},
          {Kind::kLz4, MakeArchive(Packing::kTarLz4, members)}};
}

}  // namespace crossguard::examine::testing
