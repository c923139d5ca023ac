// Whatever has files inside: archives by libarchive (ZIP and office files, 7z, RAR, tar, ISO 9660; gzip, bzip2, xz,
// zstd around a tar or a single file), e-mail and PDF by readers of our own (parts.h). Members are listed and unpacked
// by index; names are data, never paths, and nothing is ever written to a file. Runs in the jail. Every cap of Limits
// holds on what really comes out, not on what the archive claims.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

struct Verdict {
  State state = State::kExamined;
  Reason reason = Reason::kNone;
};

// Lists at most limits.entries_max members. kLimitExceeded says that there are more, or that the claimed sizes are a
// bomb's; kTruncated that the archive is damaged after the members listed; kUndecodable with kEncrypted that only a
// password opens any of it. Other kinds than archives are kUndecodable. Messages and PDF must be in memory: at a
// distance they are kLimitExceeded, kFileSizeLimit.
// behind_at: as in FileFacts; left alone if nothing is there.
Verdict ListArchive(FileBytes& archive, const Limits& limits, std::vector<ArchiveMember>& members,
                    uint64_t* behind_at = nullptr);
inline Verdict ListArchive(ByteView archive, const Limits& limits, std::vector<ArchiveMember>& members) {
  FileBytes file(archive);
  return ListArchive(file, limits, members);
}

// Where unpacked bytes go. A function that returns false ends the work.
struct UnpackSink {
  std::function<bool(uint32_t index, ByteView chunk)> data;  // chunks of at most 64 KiB
  std::function<bool(uint32_t index, Verdict verdict)>
      end;  // once for each file member in the range, also if it gave nothing
};

// Unpacks the file members with index in [first, first + count), in order.
Verdict UnpackArchive(FileBytes& archive, const Limits& limits, uint32_t first, uint32_t count, const UnpackSink& sink);
inline Verdict UnpackArchive(ByteView archive, const Limits& limits, uint32_t first, uint32_t count,
                             const UnpackSink& sink) {
  FileBytes file(archive);
  return UnpackArchive(file, limits, first, count, sink);
}

// True for a name that would leave its folder or confuse a reader if it were used as a path.
bool NameEscapes(std::string_view name);

}  // namespace crossguard::examine
