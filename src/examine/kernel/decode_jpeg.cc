#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
// jpeglib.h needs size_t and FILE.
#include <jerror.h>
#include <jpeglib.h>

#include "examine/kernel/decode.h"
#include "examine/kernel/jpeg_fast.h"
#include "examine/kernel/whole_grid.h"

namespace crossguard::examine {
namespace {

// Everything that must survive a longjmp out of libjpeg lives here, not on the stack of the function that called
// setjmp.
struct Job {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf on_error{};
  const Limits* limits = nullptr;
  bool created = false;
  bool ended_early = false;
  bool damaged = false;
  bool too_many_scans = false;
  std::vector<uint8_t> row_room;
  uint8_t* row = nullptr;  // in row_room
  std::vector<uint8_t> rgb;
  std::optional<Sampler> sampler;
  bool drawing = false;  // rows are coming out
  Decoded out;
};

// libjpeg-turbo writes a row that begins on a vector's boundary past the caches, into main memory, from where the
// sampler would have to fetch it (measured: twice the time of a small picture). So the row never begins there.
uint8_t* OffBoundary(std::vector<uint8_t>& room, size_t size_bytes) {
  constexpr size_t kVectorBytes = 64;
  room.resize(size_bytes + kVectorBytes);
  const size_t over = reinterpret_cast<uintptr_t>(room.data()) % kVectorBytes;
  return room.data() + (over <= 8 ? 8 - over : kVectorBytes + 8 - over);
}

Job& JobOf(j_common_ptr jpeg) {
  return *static_cast<Job*>(jpeg->client_data);
}
Job& JobOf(j_decompress_ptr jpeg) {
  return *static_cast<Job*>(jpeg->client_data);
}

[[noreturn]] void OnError(j_common_ptr jpeg) {
  std::longjmp(JobOf(jpeg).on_error, 1);
}

// Level -1 is a warning: the data is damaged and the decoder goes on with a guess.
void OnMessage(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
      JobOf(jpeg).ended_early = true;
      break;
    case JWRN_EXTRANEOUS_DATA:  // padding between markers; harmless and common
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
      break;
    default:
      JobOf(jpeg).damaged = true;
      break;
  }
}

void OnProgress(j_common_ptr jpeg) {
  Job& job = JobOf(jpeg);
  if (job.jpeg.input_scan_number > static_cast<int>(job.limits->jpeg_scans_max)) {
    job.too_many_scans = true;
    std::longjmp(job.on_error, 1);
  }
}

void NoInit(j_decompress_ptr) {}

// At the end of the bytes the decoder is told that the picture ends, and gives what it has.
boolean Refill(j_decompress_ptr jpeg) {
  static const JOCTET kEnd[2] = {0xFF, JPEG_EOI};
  JobOf(jpeg).ended_early = true;
  jpeg->src->next_input_byte = kEnd;
  jpeg->src->bytes_in_buffer = sizeof(kEnd);
  return TRUE;
}

void Skip(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  const size_t wanted = static_cast<size_t>(count);
  if (wanted > jpeg->src->bytes_in_buffer) {
    Refill(jpeg);
    return;
  }
  jpeg->src->next_input_byte += wanted;
  jpeg->src->bytes_in_buffer -= wanted;
}

// Adobe's CMYK is stored inverted; either way each colour is scaled by what the key leaves.
void CmykToRgb(const uint8_t* cmyk, uint8_t* rgb, size_t pixels, bool inverted) {
  for (size_t i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
    for (size_t c = 0; c < 3; ++c) {
      const uint32_t colour = inverted ? cmyk[c] : 255U - cmyk[c];
      const uint32_t key = inverted ? cmyk[3] : 255U - cmyk[3];
      rgb[c] = static_cast<uint8_t>((colour * key + 127) / 255);
    }
  }
}

// Bytes that libjpeg will hold at once: for several scans the coefficients of the whole picture, else a few rows.
uint64_t MemoryNeeded(const jpeg_decompress_struct& jpeg, bool several_scans) {
  uint64_t bytes = uint64_t{jpeg.image_width} * 64;  // row buffers and colour tables, generously
  if (several_scans) {
    for (int c = 0; c < jpeg.num_components; ++c) {
      const jpeg_component_info& component = jpeg.comp_info[c];
      bytes += (uint64_t{component.width_in_blocks} + 4) * (uint64_t{component.height_in_blocks} + 4) * sizeof(JBLOCK);
    }
  }
  return bytes;
}

// libjpeg reports errors by longjmp to here: no local of this function may own anything.
void Run(Job& job, ByteView bytes) {
  jpeg_decompress_struct& jpeg = job.jpeg;
  if (setjmp(job.on_error) != 0) return;
  jpeg_create_decompress(&jpeg);
  job.created = true;
  jpeg.client_data = &job;
  job.source.next_input_byte = bytes.data();
  job.source.bytes_in_buffer = bytes.size();
  job.source.init_source = NoInit;
  job.source.fill_input_buffer = Refill;
  job.source.skip_input_data = Skip;
  job.source.resync_to_restart = jpeg_resync_to_restart;
  job.source.term_source = NoInit;
  jpeg.src = &job.source;
  job.progress.progress_monitor = OnProgress;
  jpeg.progress = &job.progress;

  jpeg_read_header(&jpeg, TRUE);
  job.out.width = jpeg.image_width;
  job.out.height = jpeg.image_height;
  job.out.frames = 1;
  if (uint64_t{jpeg.image_width} * jpeg.image_height > job.limits->pixels_max) {
    job.out.state = State::kLimitExceeded;
    job.out.reason = Reason::kPixelLimit;
    return;
  }
  if (MemoryNeeded(jpeg, jpeg_has_multiple_scans(&jpeg) != 0) > job.limits->decode_bytes_max) {
    job.out.state = State::kLimitExceeded;
    job.out.reason = Reason::kMemoryLimit;
    return;
  }
  switch (jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
      jpeg.out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_YCbCr:
    case JCS_RGB:
      jpeg.out_color_space = JCS_RGB;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg.out_color_space = JCS_CMYK;
      break;
    default:
      job.out.reason = Reason::kUnsupportedVariant;
      return;
  }
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&jpeg);

  const uint32_t channels = static_cast<uint32_t>(jpeg.output_components);
  job.row = OffBoundary(job.row_room, size_t{jpeg.output_width} * channels);
  if (channels == 4) job.rgb.resize(size_t{jpeg.output_width} * 3);
  job.sampler.emplace(jpeg.output_width, jpeg.output_height, channels == 1 ? 1 : 3, uint8_t{128});
  job.drawing = true;
  while (jpeg.output_scanline < jpeg.output_height) {
    const uint32_t y = jpeg.output_scanline;
    JSAMPROW row = job.row;
    if (jpeg_read_scanlines(&jpeg, &row, 1) != 1) break;
    if (!job.sampler->WantsRow(y)) continue;
    if (channels == 4) {
      CmykToRgb(job.row, job.rgb.data(), jpeg.output_width, jpeg.saw_Adobe_marker != 0);
      job.sampler->PutRow(y, job.rgb.data(), 3);
    } else {
      job.sampler->PutRow(y, job.row, channels);
    }
  }
  jpeg_finish_decompress(&jpeg);
  job.out.state = State::kExamined;
  job.out.reason = Reason::kNone;
}

// Errors before the first row, told apart as far as the caller can use it.
Reason ReasonOf(const Job& job) {
  switch (job.errors.msg_code) {
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
      return Reason::kUnsupportedVariant;
    default:
      break;
  }
  if (job.ended_early) return Reason::kEndedEarly;
  return job.out.width == 0 ? Reason::kDamagedHeader : Reason::kDamagedData;
}

}  // namespace

Decoded DecodeJpeg(ByteView bytes, const Limits& limits) {
  // The fast path makes the pixels that the reference samples; the grid of a whole picture needs them all.
  if (!WholeGridWanted::Now()) {
    if (std::optional<Decoded> fast = DecodeJpegFast(bytes, limits)) return *std::move(fast);
  }
  return DecodeJpegPlainly(bytes, limits);
}

Decoded DecodeJpegPlainly(ByteView bytes, const Limits& limits) {
  Job job;
  job.limits = &limits;
  job.jpeg.err = jpeg_std_error(&job.errors);
  job.errors.error_exit = OnError;
  job.errors.emit_message = OnMessage;
  job.jpeg.client_data = &job;
  Run(job, bytes);
  if (job.created) jpeg_destroy_decompress(&job.jpeg);

  Decoded& out = job.out;
  if (out.state == State::kLimitExceeded || out.reason == Reason::kUnsupportedVariant) return out;
  if (job.errors.msg_code == JERR_IMAGE_TOO_BIG) {  // beyond 65,500 a side
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
    return out;
  }
  if (job.too_many_scans) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kScanLimit;
    return out;
  }
  if (!job.drawing) {
    out.state = job.errors.msg_code == JERR_OUT_OF_MEMORY ? State::kLimitExceeded : State::kUndecodable;
    out.reason = job.errors.msg_code == JERR_OUT_OF_MEMORY ? Reason::kMemoryLimit : ReasonOf(job);
    return out;
  }
  if (out.state != State::kExamined || job.ended_early || job.damaged) {
    out.state = State::kTruncated;
    out.reason = job.ended_early ? Reason::kEndedEarly : Reason::kDamagedData;
  }
  out.picture = job.sampler->picture();
  return out;
}

}  // namespace crossguard::examine
