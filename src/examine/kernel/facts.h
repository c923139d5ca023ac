// What the examiner says of a file. Plain values; the closed lists are the contract between the jail and the trusted
// side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace crossguard::examine {

// Every file ends in exactly one of these.
enum class State : uint8_t {
  kExamined = 1,     // opened and read to its end; for a kind with pictures: fingerprinted
  kTruncated,        // ends early or is damaged inside: decoded, or its members taken, as far as possible
  kUndecodable,      // says that it is of a known kind, but cannot be opened as one
  kUnsupportedKind,  // of a kind that is named but not opened here, or of no known kind
  kEmpty,            // no bytes
  kCrashed,          // the decoder died on this file alone
  kTimedOut,         // the decoder did not end within the deadline, on this file alone
  kLimitExceeded,    // a stated limit ended the work
};
constexpr State kLastState = State::kLimitExceeded;

// Why. kNone where the state says it all.
enum class Reason : uint8_t {
  kNone = 0,
  kEndedEarly,          // the bytes end before the picture or archive does
  kDamagedData,         // the bytes inside do not fit their own format
  kDamagedHeader,       // not even the header can be read
  kUnsupportedVariant,  // a rare form of the kind (12-bit JPEG, ...) that no decoder here opens
  kPixelLimit,          // more than 300 megapixels
  kMemoryLimit,         // would need more memory than a decoder may have
  kScanLimit,           // a progressive JPEG with more scans than any honest one
  kFrameLimit,          // more animation frames than are counted
  kFileSizeLimit,       // larger than files that are opened
  kEntryLimit,          // an archive with too many entries
  kRatioLimit,          // an archive that unpacks to far more than its own size
  kNestingLimit,        // an archive too deep inside archives
  kTotalLimit,          // the members of an archive are too large in all
  kMemberLimit,         // one member of an archive is too large
  kEncrypted,           // a member that only a password opens
  kSignal,              // died by a signal; FileFacts::signal says which
  kForbiddenCall,       // tried a system call that the jail forbids
  kMalformedAnswer,     // what came out of the jail was not an answer
  kExited,              // ended without an answer
  kDeadline,
  kReadLimit,  // asked for many times the bytes that its file has
};
constexpr Reason kLastReason = Reason::kReadLimit;

enum class Kind : uint8_t {
  kUnknown = 0,
  kJpeg,
  kPng,
  kWebp,
  kGif,
  kZip,  // opened here
  kBmp,
  kTiff,
  kHeic,
  kAvif,
  kJxl,
  kJp2,
  kPsd,
  kIco,
  kSvg,
  kMp4,
  kMov,
  kMkv,
  kAvi,
  kMpeg,
  kFlv,
  kWmv,
  kMp3,
  kWav,
  kFlac,
  kOgg,
  kM4a,
  kPdf,
  kOle,
  kRtf,
  kHtml,
  kXml,
  kText,
  kGzip,
  kBzip2,
  kXz,
  kZstd,
  kSevenZip,
  kRar,
  kTar,
  kSqlite,
  kElf,
  kPortableExecutable,
  kWebm,
  kThreeGp,
  kMpegTs,
  kCr2,  // camera RAW files are TIFF inside; their embedded preview is what is fingerprinted
  kNef,
  kArw,
  kDng,
  kIso,
  kMail,  // one message (RFC 5322)
  kMbox,  // several (RFC 4155)
  kDocx,  // office files are ZIP inside
  kXlsx,
  kPptx,
  kOdt,
  kOds,
  kOdp,
  kH264,  // a bare stream, as recorders of cameras write it (annex B)
  kHevc,
  kMxf,
  kDv,
  kIvf,
  kRealMedia,
  kMpeg4,       // MPEG-4 visual as a bare stream
  kFlash,       // of what it draws itself nothing is seen; its videos and pictures are
  kOtherVideo,  // other_video.h; VideoFacts::container says which
  kCpio,
  kAr,  // of it Debian's packages are made
  kCab,
  kLha,
  kXar,       // named only: libarchive gives all members but the first with wrong bytes
  kCompress,  // .Z
  kLz4,
  kLzma,
  kLzip,
};
constexpr Kind kLastKind = Kind::kLzip;

// Which of the examiner's programs opens a kind: each holds the libraries of its own formats and no others.
enum class Family : uint8_t {
  kPictures = 0,  // JPEG, PNG, WebP, GIF, BMP, TIFF and camera RAW; and it names the kinds that nobody opens
  kHeif,          // HEIC, AVIF, JPEG XL
  kVideo,
  kArchives,  // archives, e-mail, PDF and office files: whatever has files inside
};
constexpr size_t kFamilies = 4;

std::string_view Name(State state);    // "examined", "truncated", ...
std::string_view Name(Reason reason);  // "", "ended_early", ...
std::string_view MimeType(Kind kind);  // "image/jpeg"; "application/octet-stream" if unknown
bool IsPicture(Kind kind);             // a kind that is fingerprinted here
bool IsVideo(Kind kind);               // a kind whose frames are fingerprinted here
bool IsArchive(Kind kind);             // a kind whose members are listed and extracted here
bool IsProgram(Kind kind);             // a kind that is not opened, but looked behind: it may unpack itself
Family FamilyOf(Kind kind);            // kPictures for a kind that is not opened
std::string_view Name(Family family);  // "pictures", "heif", "video", "archives"

constexpr size_t kExifTextMax = 64;  // bytes of each text below

// From EXIF (TIFF 6.0, CIPA DC-008). As the camera wrote it: a claim, not a truth. All texts are UTF-8 without control
// characters.
struct ExifFacts {
  std::string make, model, serial, software;
  std::string taken_at;                       // "2021:07:04 18:22:31", as written; empty if absent or of another shape
  std::string utc_offset;                     // "+02:00"; empty if absent
  std::optional<double> latitude, longitude;  // WGS 84 degrees, both or neither
  uint8_t orientation = 0;                    // 1..8; 0 if absent
  bool operator==(const ExifFacts&) const = default;
};

// A member of an archive, by index. The name is data: it is shown, never used as a path.
struct ArchiveMember {
  uint32_t index = 0;
  std::string name;         // UTF-8, at most kMemberNameMax bytes; bad bytes became U+FFFD
  uint64_t size_bytes = 0;  // as the archive claims; what comes out is counted again
  bool size_known = false;
  bool is_file = false;  // neither directory nor link
  bool encrypted = false;
  bool name_escapes = false;  // absolute, with "..", a drive, a control character or a mark that turns its
                              // direction: a sign of intent
  bool operator==(const ArchiveMember&) const = default;
};
constexpr size_t kMemberNameMax = 512;

// The small stand-in that a camera writes into its own picture (EXIF). One that shows something else than the picture
// tells that the picture was changed after it was taken.
struct ThumbnailFacts {
  uint32_t width = 0;
  uint32_t height = 0;
  Pdq pdq;
  int pdq_quality = 0;
  int distance = 0;  // to the picture's own PDQ, 0..256
  bool operator==(const ThumbnailFacts&) const = default;
};

// How a JPEG was written (jpeg_signs.h).
struct JpegSigns {
  uint8_t quality = 0;          // 1..100: tables of the standard, scaled as libjpeg does; 0: tables of its own
  bool standard_codes = false;  // else made for this picture: written in two passes, as cameras do not
  bool progressive = false;
  bool operator==(const JpegSigns&) const = default;
};

// As the container claims, but for the codec.
struct VideoFacts {
  std::string container;         // libavformat's name of the format, at most kExifTextMax bytes
  std::string codec;             // libavcodec's name
  std::string created_at;        // "2021-07-04T16:22:31Z"; empty if the container states none
  uint64_t duration_millis = 0;  // 0: not stated
  double frame_rate = 0;         // frames per second; 0: not stated
  bool operator==(const VideoFacts&) const = default;
};

// One frame of the fingerprint of a video (vPDQ), of an animated picture, or a page of a TIFF (animation.h).
struct VideoFrame {
  uint32_t number = 0;     // in the order of showing, from 0
  uint64_t at_millis = 0;  // when it is shown, from the first frame
  int quality = 0;         // 0..100
  Pdq pdq;                 // of the whole frame, without reduction to 512x512, as vPDQ defines it
  bool operator==(const VideoFrame&) const = default;
};

struct FileFacts {
  State state = State::kUnsupportedKind;
  Reason reason = Reason::kNone;
  Kind kind = Kind::kUnknown;
  uint8_t signal = 0;  // with Reason::kSignal and kForbiddenCall
  uint32_t width = 0;  // pixels as stored (before orientation); 0 if neither picture nor video
  uint32_t height = 0;
  uint32_t frames = 0;     // 1 for a still picture; counted for animations, TIFF pages and videos; else 0
  std::optional<Pdq> pdq;  // of the first frame, as stored
  int pdq_quality = 0;     // 0..100, with pdq
  // The same by the other definition: of the whole picture, without the step to 512
  // (docs/decisions/pdq_definitions.md). Where nothing is left out by the step it is the same; else only if
  // Limits::whole_pdq asked for it and all pixels came.
  std::optional<Pdq> pdq_whole = {};
  int pdq_whole_quality = 0;
  std::vector<Pdq> turned = {};  // the other seven of pdq.h's Turn, if Limits::turned_pdq asked for them
  // Where a file of an opened kind begins behind the own end of a picture, video, archive or program; 0: nowhere.
  uint64_t behind_at = 0;
  bool of_preview = false;  // camera RAW: size and pdq are those of the largest preview inside
  std::optional<ThumbnailFacts> thumbnail;
  std::optional<JpegSigns> jpeg;
  std::optional<VideoFacts> video;
  std::vector<VideoFrame> video_frames;  // ascending by number
  ExifFacts exif;
  std::vector<ArchiveMember> members;  // of an archive
  bool operator==(const FileFacts&) const = default;
};

// What one decoder may use. The jail holds it to them from outside as well (address space, processor time, deadline).
struct Limits {
  uint64_t pixels_max = 300'000'000;
  uint64_t decode_bytes_max = uint64_t{640} << 20;  // one picture's buffers
  uint32_t jpeg_scans_max = 100;
  bool whole_pdq = false;              // not limits but wishes: the second fingerprint of large pictures too,
  bool turned_pdq = false;             // and the fingerprints of the turned picture
  uint32_t frames_max = 100'000;       // of an animation
  uint32_t video_frames_max = 20'000;  // fingerprinted, of one video: five hours and a half
  uint32_t entries_max = 10'000;
  uint32_t ratio_max = 100;  // unpacked : packed, counted beyond ratio_free_bytes
  uint64_t ratio_free_bytes = uint64_t{1} << 20;
  uint32_t nesting_max = 5;
  uint64_t total_bytes_max = uint64_t{64} << 30;  // all members of one archive
  uint64_t member_bytes_max = uint64_t{1} << 30;  // one member
};

}  // namespace crossguard::examine
