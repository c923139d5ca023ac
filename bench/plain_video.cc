#include "plain_video.h"

#include <algorithm>
#include <memory>

#include "examine/kernel/judge_pdq.h"
#include "side_by_side.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace crossguard::bench {
namespace {

struct Free {
  void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
template <class T>
using Held = std::unique_ptr<T, Free>;

examine::PdqHash HashWhole(const AVFrame& frame, Held<SwsContext>& scaler) {
  examine::SampledPicture rgb{.width = static_cast<uint32_t>(frame.width),
                              .height = static_cast<uint32_t>(frame.height),
                              .channels = 3,
                              .pixels = {}};
  rgb.pixels.resize(size_t{rgb.width} * rgb.height * 3);
  if (scaler == nullptr) {
    scaler.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width,
                                frame.height, AV_PIX_FMT_RGB24, SWS_BILINEAR, nullptr, nullptr, nullptr));
    StopUnless(scaler != nullptr, "libswscale does not bring a drawn video to RGB.");
  }
  uint8_t* const rows[] = {rgb.pixels.data()};
  const int strides[] = {frame.width * 3};
  sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, rows, strides);
  return examine::JudgePdq(rgb);
}

}  // namespace

std::vector<examine::VideoFrame> HashVideoAsReference(const std::string& path) {
  av_log_set_level(AV_LOG_QUIET);
  AVFormatContext* opened = nullptr;
  StopUnless(avformat_open_input(&opened, path.c_str(), nullptr, nullptr) >= 0, "libavformat refused a drawn video.");
  const Held<AVFormatContext> format(opened);
  StopUnless(avformat_find_stream_info(opened, nullptr) >= 0, "libavformat refused a drawn video.");
  const int index = av_find_best_stream(opened, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  StopUnless(index >= 0, "libavformat finds no video in a drawn one.");
  const AVStream& stream = *opened->streams[index];
  const Held<AVCodecContext> codec(avcodec_alloc_context3(avcodec_find_decoder(stream.codecpar->codec_id)));
  StopUnless(avcodec_parameters_to_context(codec.get(), stream.codecpar) >= 0, "libavcodec refused a drawn video.");
  codec->thread_count = 1;
  StopUnless(avcodec_open2(codec.get(), nullptr, nullptr) >= 0, "libavcodec refused a drawn video.");
  const Held<AVPacket> packet(av_packet_alloc());
  const Held<AVFrame> frame(av_frame_alloc());
  Held<SwsContext> scaler;
  const auto step = static_cast<uint32_t>(std::max(1.0, av_q2d(stream.avg_frame_rate)));
  std::vector<examine::VideoFrame> out;
  uint32_t number = 0;
  const auto take = [&] {
    while (avcodec_receive_frame(codec.get(), frame.get()) >= 0) {
      if (number % step == 0) {
        const examine::PdqHash hash = HashWhole(*frame, scaler);
        out.push_back({.number = number, .at_millis = 0, .quality = hash.quality, .pdq = hash.hash});
      }
      ++number;
    }
  };
  while (av_read_frame(opened, packet.get()) >= 0) {
    if (packet->stream_index == index) {
      avcodec_send_packet(codec.get(), packet.get());
      take();
    }
    av_packet_unref(packet.get());
  }
  avcodec_send_packet(codec.get(), nullptr);
  take();
  return out;
}

}  // namespace crossguard::bench
