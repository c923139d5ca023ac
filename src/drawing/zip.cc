#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

struct ZipWriter {
  Bytes out;
  archive* zip = archive_write_new();
  enum class Form { kDeflated, kStored, kTarGz, kSevenZip };
  explicit ZipWriter(Form form) {
    if (form == Form::kSevenZip) {
      archive_write_set_format_7zip(zip);
      archive_write_set_format_option(zip, "7zip", "compression", "deflate");
    } else if (form == Form::kTarGz) {
      archive_write_set_format_ustar(zip);
      archive_write_add_filter_gzip(zip);
      archive_write_set_filter_option(zip, "gzip", "timestamp", nullptr);  // of now, if not told
    } else {
      archive_write_set_format_zip(zip);
    }
    if (form == Form::kStored) archive_write_zip_set_compression_store(zip);
    archive_write_set_bytes_in_last_block(zip, 1);
    archive_write_open(
        zip, &out, nullptr,
        [](archive*, void* to, const void* data, size_t count) -> la_ssize_t {
          const auto* bytes = static_cast<const uint8_t*>(data);
          static_cast<Bytes*>(to)->insert(static_cast<Bytes*>(to)->end(), bytes, bytes + count);
          return static_cast<la_ssize_t>(count);
        },
        nullptr);
  }
  void Begin(const std::string& name, uint64_t size) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<int64_t>(size));
    archive_write_header(zip, entry);
    archive_entry_free(entry);
  }
  void Put(const std::vector<std::pair<std::string, Bytes>>& members) {
    for (const auto& [name, bytes] : members) {
      Begin(name, bytes.size());
      archive_write_data(zip, bytes.data(), bytes.size());
    }
  }
  Bytes Finish() {
    archive_write_close(zip);
    archive_write_free(zip);
    return std::move(out);
  }
};

}  // namespace

Bytes MakeZip(const std::vector<std::pair<std::string, Bytes>>& members, bool store) {
  ZipWriter writer(store ? ZipWriter::Form::kStored : ZipWriter::Form::kDeflated);
  writer.Put(members);
  return writer.Finish();
}

Bytes MakeSevenZip(const std::vector<std::pair<std::string, Bytes>>& members) {
  ZipWriter writer(ZipWriter::Form::kSevenZip);
  writer.Put(members);
  return writer.Finish();
}

Bytes MakeTarGz(const std::vector<std::pair<std::string, Bytes>>& members) {
  ZipWriter writer(ZipWriter::Form::kTarGz);
  writer.Put(members);
  return writer.Finish();
}

Bytes MakeZipOfZeros(uint64_t size_bytes) {
  ZipWriter writer(ZipWriter::Form::kDeflated);
  writer.Begin("zeros.bin", size_bytes);
  const Bytes zeros(1 << 20);
  for (uint64_t done = 0; done < size_bytes; done += zeros.size()) {
    archive_write_data(writer.zip, zeros.data(), std::min<uint64_t>(zeros.size(), size_bytes - done));
  }
  return writer.Finish();
}

}  // namespace crossguard::drawing
