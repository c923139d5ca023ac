// Private to src/drawing: libavformat and its friends, opened when the first video is drawn. They bring some hundred
// libraries with them, which no program should load, or have at hand, that draws nothing.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
}

namespace crossguard::drawing {

struct AvLibrary {
  decltype(&::avformat_alloc_output_context2) avformat_alloc_output_context2;
  decltype(&::avformat_new_stream) avformat_new_stream;
  decltype(&::avformat_write_header) avformat_write_header;
  decltype(&::av_write_frame) av_write_frame;
  decltype(&::av_write_trailer) av_write_trailer;
  decltype(&::avformat_free_context) avformat_free_context;
  decltype(&::avio_alloc_context) avio_alloc_context;
  decltype(&::avio_context_free) avio_context_free;
  decltype(&::avio_flush) avio_flush;
  decltype(&::avcodec_find_encoder_by_name) avcodec_find_encoder_by_name;
  decltype(&::avcodec_alloc_context3) avcodec_alloc_context3;
  decltype(&::avcodec_open2) avcodec_open2;
  decltype(&::avcodec_send_frame) avcodec_send_frame;
  decltype(&::avcodec_receive_packet) avcodec_receive_packet;
  decltype(&::avcodec_free_context) avcodec_free_context;
  decltype(&::avcodec_parameters_from_context) avcodec_parameters_from_context;
  decltype(&::avcodec_parameters_alloc) avcodec_parameters_alloc;
  decltype(&::avcodec_parameters_copy) avcodec_parameters_copy;
  decltype(&::avcodec_parameters_free) avcodec_parameters_free;
  decltype(&::av_packet_alloc) av_packet_alloc;
  decltype(&::av_packet_clone) av_packet_clone;
  decltype(&::av_packet_rescale_ts) av_packet_rescale_ts;
  decltype(&::av_packet_free) av_packet_free;
  decltype(&::av_frame_alloc) av_frame_alloc;
  decltype(&::av_frame_get_buffer) av_frame_get_buffer;
  decltype(&::av_frame_make_writable) av_frame_make_writable;
  decltype(&::av_frame_free) av_frame_free;
  decltype(&::av_dict_set) av_dict_set;
  decltype(&::av_dict_free) av_dict_free;
  decltype(&::av_malloc) av_malloc;
  decltype(&::av_freep) av_freep;
  decltype(&::av_log_set_level) av_log_set_level;
};

bool AvIsThere();  // with all encoders that are used
// CHECKs that the libraries of the versions that this was built with are installed (packages.txt).
const AvLibrary& Av();

}  // namespace crossguard::drawing
