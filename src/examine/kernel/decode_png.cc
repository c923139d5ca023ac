#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "examine/kernel/decode.h"
#include "examine/kernel/png_chunks.h"
#include "examine/kernel/png_fast.h"

namespace crossguard::examine {
namespace {

constexpr png_uint_32 kChunkBytesMax = 8'000'000;  // of one chunk that libpng holds whole (a palette needs 768)
// So much of the picture libpng asks for at once: where a file ends early, no more than that is lost of what was there.
constexpr size_t kReadBytes = 256;

// Chunks that are not needed for the pixels and whose unpacking would be an attack surface.
constexpr png_byte kIgnored[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0eXIf\0hIST\0pCAL\0sCAL\0tIME";
constexpr int kIgnoredCount = 10;

struct Job {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ByteView bytes;
  size_t at = 0;
  bool ended_early = false;
  bool out_of_memory = false;
  const Limits* limits = nullptr;
  std::vector<uint8_t> row;
  std::optional<Sampler> sampler;
  uint64_t rows = 0;  // decoded
  bool complete = false;
  Decoded out;
};

void OnRead(png_structp png, png_bytep to, png_size_t count) {
  Job& job = *static_cast<Job*>(png_get_io_ptr(png));
  if (count > job.bytes.size() - job.at) {
    job.ended_early = true;
    png_error(png, "end of input");
  }
  std::memcpy(to, job.bytes.data() + job.at, count);
  job.at += count;
}

[[noreturn]] void OnError(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}
void OnWarning(png_structp, png_const_charp) {}

// The pictures of an animation, if the file is one (acTL before the first IDAT), and the one that stands before all
// controls. What the file says of their number is a claim that costs nothing; each that is there has a control chunk.
uint32_t CountFrames(ByteView bytes, uint32_t frames_max) {
  uint32_t frames = 0;
  bool moves = false, data = false;
  size_t at = kPngSignatureBytes;
  for (std::optional<PngChunk> chunk; frames < frames_max && (chunk = NextPngChunk(bytes, at));) {
    if (chunk->type == "acTL") moves = true;
    if (chunk->type == "IDAT" && !moves) return 1;
    if (chunk->type == "fcTL" || (chunk->type == "IDAT" && frames == 0 && !data)) ++frames;
    if (chunk->type == "IDAT") data = true;
  }
  return moves && frames > 0 ? frames : 1;
}

// Adam7 (PNG specification, section 8.2): seven pictures, each with its own start and step.
struct Pass {
  uint32_t x, y, x_step, y_step;
};
constexpr std::array<Pass, 7> kAdam7{
    {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};

// Takes the rows of the passes as they come, so that no whole picture is held.
void ReadInterlaced(Job& job, uint32_t pixel_bytes) {
  for (const Pass& pass : kAdam7) {
    if (pass.x >= job.out.width) continue;
    for (uint32_t y = pass.y; y < job.out.height; y += pass.y_step) {
      png_read_row(job.png, job.row.data(), nullptr);
      ++job.rows;
      if (!job.sampler->WantsRow(y)) continue;
      const uint8_t* pixel = job.row.data();
      for (uint32_t x = pass.x; x < job.out.width; x += pass.x_step, pixel += pixel_bytes)
        job.sampler->PutPixel(x, y, pixel);
    }
  }
}

// libpng reports errors by longjmp to here: no local of this function may own anything.
void Run(Job& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return;
  png_set_read_fn(job.png, &job, OnRead);
  png_set_user_limits(job.png, 0x7FFFFFFF, 0x7FFFFFFF);  // the limit that counts is on the product, below
  png_set_chunk_malloc_max(job.png, kChunkBytesMax);
  png_set_chunk_cache_max(job.png, 64);
  png_set_keep_unknown_chunks(job.png, PNG_HANDLE_CHUNK_NEVER, kIgnored, kIgnoredCount);
  png_set_compression_buffer_size(job.png, kReadBytes);
  png_read_info(job.png, job.info);
  job.out.width = png_get_image_width(job.png, job.info);
  job.out.height = png_get_image_height(job.png, job.info);
  job.out.frames = CountFrames(job.bytes, job.limits->frames_max);
  if (uint64_t{job.out.width} * job.out.height > job.limits->pixels_max) {
    job.out.state = State::kLimitExceeded;
    job.out.reason = Reason::kPixelLimit;
    return;
  }
  // libpng keeps two rows of up to 8 bytes a pixel and their slack; this side keeps one.
  if (uint64_t{job.out.width} * 32 > job.limits->decode_bytes_max) {
    job.out.state = State::kLimitExceeded;
    job.out.reason = Reason::kMemoryLimit;
    return;
  }
  const int colour = png_get_color_type(job.png, job.info);
  const bool grey = (colour & PNG_COLOR_MASK_COLOR) == 0;
  png_set_scale_16(job.png);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(job.png);
  if (grey) png_set_expand_gray_1_2_4_to_8(job.png);
  png_set_strip_alpha(job.png);
  png_read_update_info(job.png, job.info);
  const uint32_t pixel_bytes = png_get_channels(job.png, job.info);
  if (pixel_bytes < (grey ? 1U : 3U) || png_get_bit_depth(job.png, job.info) != 8) {
    job.out.reason = Reason::kUnsupportedVariant;
    return;
  }
  job.row.resize(size_t{job.out.width} * pixel_bytes + 64);
  job.sampler.emplace(job.out.width, job.out.height, grey ? 1U : 3U, uint8_t{0});
  if (png_get_interlace_type(job.png, job.info) == PNG_INTERLACE_NONE) {
    for (uint32_t y = 0; y < job.out.height; ++y) {
      png_read_row(job.png, job.row.data(), nullptr);
      ++job.rows;
      if (job.sampler->WantsRow(y)) job.sampler->PutRow(y, job.row.data(), pixel_bytes);
    }
  } else {
    ReadInterlaced(job, pixel_bytes);
  }
  png_read_end(job.png, nullptr);
  job.complete = true;
}

png_voidp Allocate(png_structp png, png_alloc_size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) static_cast<Job*>(png_get_mem_ptr(png))->out_of_memory = true;
  return memory;
}
void Release(png_structp, png_voidp memory) {
  std::free(memory);
}

}  // namespace

Decoded DecodePng(ByteView bytes, const Limits& limits) {
  if (std::optional<Decoded> fast = DecodePngFast(bytes, limits)) {
    fast->frames = CountFrames(bytes, limits.frames_max);
    return *std::move(fast);
  }
  return DecodePngPlainly(bytes, limits);
}

Decoded DecodePngPlainly(ByteView bytes, const Limits& limits) {
  Job job;
  job.bytes = bytes;
  job.limits = &limits;
  job.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, nullptr, OnError, OnWarning, &job, Allocate, Release);
  if (job.png != nullptr) job.info = png_create_info_struct(job.png);
  if (job.info != nullptr) Run(job);
  png_destroy_read_struct(&job.png, &job.info, nullptr);

  Decoded& out = job.out;
  if (out.state == State::kLimitExceeded || out.reason == Reason::kUnsupportedVariant) return out;
  if (job.complete) {
    out.state = State::kExamined;
    out.reason = Reason::kNone;
    out.picture = job.sampler->picture();
  } else if (job.out_of_memory) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kMemoryLimit;
  } else {
    out.state = job.rows > 0 ? State::kTruncated : State::kUndecodable;
    out.reason =
        job.ended_early ? Reason::kEndedEarly : (out.width == 0 ? Reason::kDamagedHeader : Reason::kDamagedData);
    if (job.rows > 0) out.picture = job.sampler->picture();
  }
  return out;
}

}  // namespace crossguard::examine
