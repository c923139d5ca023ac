#include "drawing/av_library.h"

#include "drawing/shared_library.h"

namespace crossguard::drawing {
namespace {

std::string FileOf(const char* name, int version) {
  return std::string(name) + ".so." + std::to_string(version);
}

AvLibrary Open() {
  const SharedLibrary format(FileOf("libavformat", LIBAVFORMAT_VERSION_MAJOR));
  const SharedLibrary codec(FileOf("libavcodec", LIBAVCODEC_VERSION_MAJOR));
  const SharedLibrary util(FileOf("libavutil", LIBAVUTIL_VERSION_MAJOR));
  AvLibrary out{};
  format.Find("avformat_alloc_output_context2", out.avformat_alloc_output_context2);
  format.Find("avformat_new_stream", out.avformat_new_stream);
  format.Find("avformat_write_header", out.avformat_write_header);
  format.Find("av_write_frame", out.av_write_frame);
  format.Find("av_write_trailer", out.av_write_trailer);
  format.Find("avformat_free_context", out.avformat_free_context);
  format.Find("avio_alloc_context", out.avio_alloc_context);
  format.Find("avio_context_free", out.avio_context_free);
  format.Find("avio_flush", out.avio_flush);
  codec.Find("avcodec_find_encoder_by_name", out.avcodec_find_encoder_by_name);
  codec.Find("avcodec_alloc_context3", out.avcodec_alloc_context3);
  codec.Find("avcodec_open2", out.avcodec_open2);
  codec.Find("avcodec_send_frame", out.avcodec_send_frame);
  codec.Find("avcodec_receive_packet", out.avcodec_receive_packet);
  codec.Find("avcodec_free_context", out.avcodec_free_context);
  codec.Find("avcodec_parameters_from_context", out.avcodec_parameters_from_context);
  codec.Find("avcodec_parameters_alloc", out.avcodec_parameters_alloc);
  codec.Find("avcodec_parameters_copy", out.avcodec_parameters_copy);
  codec.Find("avcodec_parameters_free", out.avcodec_parameters_free);
  codec.Find("av_packet_alloc", out.av_packet_alloc);
  codec.Find("av_packet_clone", out.av_packet_clone);
  codec.Find("av_packet_rescale_ts", out.av_packet_rescale_ts);
  codec.Find("av_packet_free", out.av_packet_free);
  util.Find("av_frame_alloc", out.av_frame_alloc);
  util.Find("av_frame_get_buffer", out.av_frame_get_buffer);
  util.Find("av_frame_make_writable", out.av_frame_make_writable);
  util.Find("av_frame_free", out.av_frame_free);
  util.Find("av_dict_set", out.av_dict_set);
  util.Find("av_dict_free", out.av_dict_free);
  util.Find("av_malloc", out.av_malloc);
  util.Find("av_freep", out.av_freep);
  util.Find("av_log_set_level", out.av_log_set_level);
  out.av_log_set_level(AV_LOG_QUIET);
  return out;
}

}  // namespace

bool AvIsThere() {
  const bool opened = SharedLibrary(FileOf("libavformat", LIBAVFORMAT_VERSION_MAJOR)).there() &&
                      SharedLibrary(FileOf("libavcodec", LIBAVCODEC_VERSION_MAJOR)).there() &&
                      SharedLibrary(FileOf("libavutil", LIBAVUTIL_VERSION_MAJOR)).there();
  for (const char* encoder : {"libx264", "mpeg4", "mjpeg", "libvpx", "libx265", "libaom-av1"}) {
    if (!opened || Av().avcodec_find_encoder_by_name(encoder) == nullptr) return false;
  }
  return true;
}

const AvLibrary& Av() {
  static const AvLibrary library = Open();
  return library;
}

}  // namespace crossguard::drawing
