// What lies inside e-mail and PDF files, found by strict bounded readers of our own: attachments of a message
// (RFC 5322, 2045, 2046) and files in its text (POSIX, uuencode), messages of a mailbox (RFC 4155), pictures of a PDF
// and files attached to it (ISO 32000-1, 7.3.8 and 7.11.4).
// One walk over the bytes; nothing is decoded until it is unpacked, and no part grows beyond its own bytes, but for the
// deflated pictures and files of a PDF (pdf_pixels.h). Internal to the kernel: archive.h lists and unpacks them like
// members.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"
#include "examine/kernel/pdf_pixels.h"

namespace crossguard::examine {

enum class PartCoding : uint8_t { kPlain, kBase64, kQuotedPrintable, kPdfPixels, kDeflated, kUnixToUnix };

struct Part {
  std::string name;  // data, not yet cleaned; never empty
  ByteView bytes;    // as they stand in the file
  PartCoding coding = PartCoding::kPlain;
  PdfPixels pixels = {};  // of kPdfPixels
};

struct Parts {
  std::vector<Part> parts;  // at most limits.entries_max
  Verdict verdict;          // of the whole
};

// A mailbox may be far larger than memory: its messages by their places.
struct MailboxPart {
  std::string name;
  uint64_t begin = 0;
  uint64_t end = 0;
};
struct MailboxParts {
  std::vector<MailboxPart> parts;
  Verdict verdict;
};
MailboxParts FindMboxParts(FileBytes& file, const Limits& limits);

bool HasParts(Kind kind);  // kMail, kPdf
Parts FindParts(Kind kind, ByteView file, const Limits& limits);

// The part's bytes as they were meant. Bytes outside the coding's alphabet are passed over. Nothing for a picture that
// is not what its document says.
std::optional<Bytes> DecodePart(const Part& part);

// Internal to the readers.
Parts FindMailParts(ByteView file, const Limits& limits);
Parts FindPdfParts(ByteView file, const Limits& limits);

}  // namespace crossguard::examine
