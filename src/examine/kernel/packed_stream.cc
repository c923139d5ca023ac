#include "examine/kernel/packed_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <limits>

#include "examine/kernel/kind.h"

namespace crossguard::examine {
namespace {

using Step = PackedStream::Step;

constexpr size_t kOutBytes = size_t{64} << 10;
constexpr size_t kInBytesMax = size_t{16} << 20;  // at once: counters of these libraries are of 32 bits
constexpr size_t kNameBytesMax = 4'096;

// zlib and bzip2 read through pointers to what is not const, and write nothing there.
template <typename Byte>
Byte* Unconst(const uint8_t* bytes) {
  return reinterpret_cast<Byte*>(const_cast<uint8_t*>(bytes));  // NOLINT: their interface
}

class Gzip : public PackedStream::Decoder {
 public:
  Gzip() = default;
  ~Gzip() override { inflateEnd(&stream_); }
  bool Begin() override { return begun_ ? inflateReset(&stream_) == Z_OK : (begun_ = Start()); }
  Step Run(ByteView& in, size_t& written, std::span<uint8_t> out) override {
    stream_.next_in = Unconst<Bytef>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in = in.last(stream_.avail_in);
    written = out.size() - stream_.avail_out;
    if (result == Z_STREAM_END) return Step::kStreamEnds;
    if (result == Z_MEM_ERROR) return Step::kTooLarge;
    return result == Z_OK || result == Z_BUF_ERROR ? Step::kGoesOn : Step::kDamaged;
  }

 private:
  bool Start() { return inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }  // 16: gzip's header and sums
  z_stream stream_{};
  bool begun_ = false;
};

class Bzip2 : public PackedStream::Decoder {
 public:
  Bzip2() = default;
  ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }
  bool Begin() override {
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    return BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
  }
  Step Run(ByteView& in, size_t& written, std::span<uint8_t> out) override {
    stream_.next_in = Unconst<char>(in.data());
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = Unconst<char>(out.data());
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&stream_);
    in = in.last(stream_.avail_in);
    written = out.size() - stream_.avail_out;
    if (result == BZ_STREAM_END) return Step::kStreamEnds;
    if (result == BZ_MEM_ERROR) return Step::kTooLarge;
    return result == BZ_OK ? Step::kGoesOn : Step::kDamaged;
  }

 private:
  bz_stream stream_{};
};

// xz, LZMA alone, lzip.
class Xz : public PackedStream::Decoder {
 public:
  Xz(Kind kind, uint64_t memory_max) : kind_(kind), memory_max_(memory_max) {}
  ~Xz() override { lzma_end(&stream_); }
  bool Begin() override {
    if (kind_ == Kind::kLzma) return lzma_alone_decoder(&stream_, memory_max_) == LZMA_OK;
    if (kind_ == Kind::kLzip) return lzma_lzip_decoder(&stream_, memory_max_, 0) == LZMA_OK;
    return lzma_stream_decoder(&stream_, memory_max_, 0) == LZMA_OK;
  }
  Step Run(ByteView& in, size_t& written, std::span<uint8_t> out) override {
    stream_.next_in = in.data();
    stream_.avail_in = in.size();
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    in = in.last(stream_.avail_in);
    written = out.size() - stream_.avail_out;
    if (result == LZMA_STREAM_END) return Step::kStreamEnds;
    if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR) return Step::kTooLarge;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? Step::kGoesOn : Step::kDamaged;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  Kind kind_;
  uint64_t memory_max_;
};

class Zstd : public PackedStream::Decoder {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {}
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  bool Begin() override { return stream_ != nullptr && ZSTD_isError(ZSTD_initDStream(stream_)) == 0; }
  // The library's own limit on its window (128 MiB) holds.
  Step Run(ByteView& in, size_t& written, std::span<uint8_t> out) override {
    ZSTD_inBuffer from{.src = in.data(), .size = in.size(), .pos = 0};
    ZSTD_outBuffer to{.dst = out.data(), .size = out.size(), .pos = 0};
    const size_t result = ZSTD_decompressStream(stream_, &to, &from);
    in = in.subspan(from.pos);
    written = to.pos;
    if (ZSTD_isError(result) == 0) return result == 0 ? Step::kStreamEnds : Step::kGoesOn;
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    const bool large = code == ZSTD_error_frameParameter_windowTooLarge || code == ZSTD_error_memory_allocation;
    return large ? Step::kTooLarge : Step::kDamaged;
  }

 private:
  ZSTD_DStream* stream_;
};

// The name behind a gzip header's fixed ten bytes and its extra field (RFC 1952, 2.3).
std::string GzipName(ByteView head) {
  constexpr uint8_t kHasExtra = 4, kHasName = 8;
  if (head.size() < 12 || (head[3] & kHasName) == 0) return {};
  size_t at = 10;
  if ((head[3] & kHasExtra) != 0) at += 2 + (head[10] | size_t{head[11]} << 8);
  const std::string_view rest = AsText(head).substr(std::min(at, head.size()), kNameBytesMax);
  const size_t end = rest.find('\0');
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

std::unique_ptr<PackedStream::Decoder> MakeDecoder(Kind kind, uint64_t memory_max) {
  switch (kind) {
    case Kind::kGzip:
      return std::make_unique<Gzip>();
    case Kind::kBzip2:
      return std::make_unique<Bzip2>();
    case Kind::kXz:
    case Kind::kLzma:
    case Kind::kLzip:
      return std::make_unique<Xz>(kind, memory_max);
    case Kind::kZstd:
      return std::make_unique<Zstd>();
    default:
      return nullptr;
  }
}

}  // namespace

// compress and LZ4, by libarchive's filter and its format of no format. The former does not say where it ends, so that
// no cut is seen.
class PackedStream::ByLibrary {
 public:
  ByLibrary(Kind kind, FileBytes& file) : file_(file), handle_(archive_read_new()) {
    archive* const opened = handle_.get();
    if (opened == nullptr || archive_read_support_format_raw(opened) != ARCHIVE_OK) return;
    const int filter =
        kind == Kind::kLz4 ? archive_read_support_filter_lz4(opened) : archive_read_support_filter_compress(opened);
    if (filter != ARCHIVE_OK) return;  // one that the library would start a program for
    archive_entry* entry = nullptr;
    archive_read_set_read_callback(opened, [](archive*, void* data, const void** block) {
      ByLibrary& self = *static_cast<ByLibrary*>(data);
      const ByteView here = self.file_.At(self.at_);
      *block = here.data();
      self.at_ += here.size();
      self.wanted_more_ = here.empty();
      return static_cast<la_ssize_t>(here.size());
    });
    archive_read_set_callback_data(opened, this);
    const bool begun =
        archive_read_open1(opened) == ARCHIVE_OK && archive_read_next_header(opened, &entry) == ARCHIVE_OK;
    if (begun && archive_filter_count(opened) > 1) status_ = ARCHIVE_OK;  // else its head is cut
  }
  // As PackedStream's.
  ByteView Next() {
    while (status_ == ARCHIVE_OK) {
      const void* data = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      status_ = archive_read_data_block(handle_.get(), &data, &size, &offset);
      if (status_ == ARCHIVE_OK && size > 0) return {static_cast<const uint8_t*>(data), size};
    }
    return {};
  }
  // After the end.
  Step step() const {
    if (status_ == ARCHIVE_EOF) return Step::kStreamEnds;
    return wanted_more_ ? Step::kGoesOn : Step::kDamaged;
  }
  uint64_t at() const { return at_; }

 private:
  struct Free {
    void operator()(archive* handle) const { archive_read_free(handle); }
  };
  FileBytes& file_;
  std::unique_ptr<archive, Free> handle_;
  uint64_t at_ = 0;
  bool wanted_more_ = false;
  int status_ = ARCHIVE_FATAL;
};

bool IsPacked(Kind kind) {
  switch (kind) {
    case Kind::kGzip:
    case Kind::kBzip2:
    case Kind::kXz:
    case Kind::kZstd:
    case Kind::kCompress:
    case Kind::kLz4:
    case Kind::kLzma:
    case Kind::kLzip:
      return true;
    default:
      return false;
  }
}

PackedStream::PackedStream(Kind kind, FileBytes& file, uint64_t memory_max)
    : kind_(kind), file_(file), decoder_(MakeDecoder(kind, memory_max)), out_(kOutBytes) {
  if (kind == Kind::kGzip) name_ = GzipName(file.Copy(0, kKindBytes));
  if (decoder_ == nullptr) library_ = std::make_unique<ByLibrary>(kind, file);
  if (decoder_ != nullptr && !decoder_->Begin()) End(Step::kTooLarge, 0);
}

PackedStream::~PackedStream() = default;

ByteView PackedStream::NextByLibrary() {
  if (ended_) return {};
  const ByteView block = library_->Next();
  at_ = library_->at();
  given_ += block.size();
  return block.empty() ? End(library_->step(), 0) : block;
}

ByteView PackedStream::Next() {
  if (library_ != nullptr) return NextByLibrary();
  size_t written = 0;
  while (!ended_ && written < out_.size()) {
    const ByteView here = file_.At(at_);
    ByteView in = here.first(std::min(here.size(), kInBytesMax));
    const size_t offered = in.size();
    size_t more = 0;
    const Step step = decoder_->Run(in, more, std::span(out_).subspan(written));
    written += more;
    at_ += offered - in.size();
    if (step == Step::kDamaged || step == Step::kTooLarge) return End(step, written);
    if (step == Step::kStreamEnds) {
      if (!AnotherBegins()) return End(step, written);
      if (!decoder_->Begin()) return End(Step::kTooLarge, written);
    } else if (in.size() == offered && more == 0) {
      // Without a way forward: the file has no more, or what it has leads nowhere.
      return End(here.empty() ? Step::kGoesOn : Step::kDamaged, written);
    }
  }
  given_ += written;
  return ByteView(out_).first(written);
}

ByteView PackedStream::End(Step step, size_t written) {
  ended_ = true;
  given_ += written;
  const State cut = given_ == 0 ? State::kUndecodable : State::kTruncated;
  if (step == Step::kGoesOn) verdict_ = {cut, Reason::kEndedEarly};
  if (step == Step::kDamaged) verdict_ = {cut, given_ == 0 ? Reason::kDamagedHeader : Reason::kDamagedData};
  if (step == Step::kTooLarge) verdict_ = {State::kLimitExceeded, Reason::kMemoryLimit};
  return ByteView(out_).first(written);
}

// Programs that work in parallel write one stream behind the other; xz and tapes put zeros between and behind them.
bool PackedStream::AnotherBegins() {
  uint64_t at = at_;
  for (ByteView here = file_.At(at); !here.empty() && here.front() == 0; here = file_.At(at))
    at += static_cast<uint64_t>(std::ranges::find_if(here, [](uint8_t byte) { return byte != 0; }) - here.begin());
  const Bytes head = file_.Copy(at, 16);
  if (head.empty()) {
    at_ = at;
    return false;
  }
  const bool skippable = kind_ == Kind::kZstd && head.size() >= 4 && (head[0] & 0xF0U) == 0x50 && head[1] == 0x2A &&
                         head[2] == 0x4D && head[3] == 0x18;
  if (DetectKind(head) != kind_ && !skippable) return false;
  at_ = at;
  return true;
}

}  // namespace crossguard::examine
