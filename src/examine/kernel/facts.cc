#include "examine/kernel/facts.h"

namespace crossguard::examine {

std::string_view Name(State state) {
  switch (state) {
    case State::kExamined:
      return "examined";
    case State::kTruncated:
      return "truncated";
    case State::kUndecodable:
      return "undecodable";
    case State::kUnsupportedKind:
      return "unsupported_kind";
    case State::kEmpty:
      return "empty";
    case State::kCrashed:
      return "crashed";
    case State::kTimedOut:
      return "timed_out";
    case State::kLimitExceeded:
      return "limit_exceeded";
  }
  return "";
}

std::string_view Name(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kEndedEarly:
      return "ended_early";
    case Reason::kDamagedData:
      return "damaged_data";
    case Reason::kDamagedHeader:
      return "damaged_header";
    case Reason::kUnsupportedVariant:
      return "unsupported_variant";
    case Reason::kPixelLimit:
      return "pixel_limit";
    case Reason::kMemoryLimit:
      return "memory_limit";
    case Reason::kScanLimit:
      return "scan_limit";
    case Reason::kFrameLimit:
      return "frame_limit";
    case Reason::kFileSizeLimit:
      return "file_size_limit";
    case Reason::kEntryLimit:
      return "entry_limit";
    case Reason::kRatioLimit:
      return "ratio_limit";
    case Reason::kNestingLimit:
      return "nesting_limit";
    case Reason::kTotalLimit:
      return "total_limit";
    case Reason::kMemberLimit:
      return "member_limit";
    case Reason::kEncrypted:
      return "encrypted";
    case Reason::kSignal:
      return "signal";
    case Reason::kForbiddenCall:
      return "forbidden_call";
    case Reason::kMalformedAnswer:
      return "malformed_answer";
    case Reason::kExited:
      return "exited";
    case Reason::kDeadline:
      return "deadline";
    case Reason::kReadLimit:
      return "read_limit";
  }
  return "";
}

std::string_view MimeType(Kind kind) {
  switch (kind) {
    case Kind::kUnknown:
      return "application/octet-stream";
    case Kind::kJpeg:
      return "image/jpeg";
    case Kind::kPng:
      return "image/png";
    case Kind::kWebp:
      return "image/webp";
    case Kind::kGif:
      return "image/gif";
    case Kind::kZip:
      return "application/zip";
    case Kind::kBmp:
      return "image/bmp";
    case Kind::kTiff:
      return "image/tiff";
    case Kind::kHeic:
      return "image/heic";
    case Kind::kAvif:
      return "image/avif";
    case Kind::kJxl:
      return "image/jxl";
    case Kind::kJp2:
      return "image/jp2";
    case Kind::kPsd:
      return "image/vnd.adobe.photoshop";
    case Kind::kIco:
      return "image/vnd.microsoft.icon";
    case Kind::kSvg:
      return "image/svg+xml";
    case Kind::kMp4:
      return "video/mp4";
    case Kind::kMov:
      return "video/quicktime";
    case Kind::kMkv:
      return "video/x-matroska";
    case Kind::kAvi:
      return "video/x-msvideo";
    case Kind::kMpeg:
      return "video/mpeg";
    case Kind::kFlv:
      return "video/x-flv";
    case Kind::kWmv:
      return "video/x-ms-asf";
    case Kind::kMp3:
      return "audio/mpeg";
    case Kind::kWav:
      return "audio/wav";
    case Kind::kFlac:
      return "audio/flac";
    case Kind::kOgg:
      return "application/ogg";
    case Kind::kM4a:
      return "audio/mp4";
    case Kind::kPdf:
      return "application/pdf";
    case Kind::kOle:
      return "application/x-ole-storage";
    case Kind::kRtf:
      return "application/rtf";
    case Kind::kHtml:
      return "text/html";
    case Kind::kXml:
      return "application/xml";
    case Kind::kText:
      return "text/plain";
    case Kind::kGzip:
      return "application/gzip";
    case Kind::kBzip2:
      return "application/x-bzip2";
    case Kind::kXz:
      return "application/x-xz";
    case Kind::kZstd:
      return "application/zstd";
    case Kind::kSevenZip:
      return "application/x-7z-compressed";
    case Kind::kRar:
      return "application/vnd.rar";
    case Kind::kTar:
      return "application/x-tar";
    case Kind::kSqlite:
      return "application/vnd.sqlite3";
    case Kind::kElf:
      return "application/x-elf";
    case Kind::kPortableExecutable:
      return "application/vnd.microsoft.portable-executable";
    case Kind::kWebm:
      return "video/webm";
    case Kind::kThreeGp:
      return "video/3gpp";
    case Kind::kMpegTs:
      return "video/mp2t";
    case Kind::kCr2:
      return "image/x-canon-cr2";
    case Kind::kNef:
      return "image/x-nikon-nef";
    case Kind::kArw:
      return "image/x-sony-arw";
    case Kind::kDng:
      return "image/x-adobe-dng";
    case Kind::kIso:
      return "application/x-iso9660-image";
    case Kind::kMail:
      return "message/rfc822";
    case Kind::kMbox:
      return "application/mbox";
    case Kind::kDocx:
      return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    case Kind::kXlsx:
      return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    case Kind::kPptx:
      return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    case Kind::kOdt:
      return "application/vnd.oasis.opendocument.text";
    case Kind::kOds:
      return "application/vnd.oasis.opendocument.spreadsheet";
    case Kind::kOdp:
      return "application/vnd.oasis.opendocument.presentation";
    case Kind::kH264:
      return "video/h264";
    case Kind::kHevc:
      return "video/h265";
    case Kind::kMxf:
      return "application/mxf";
    case Kind::kDv:
      return "video/dv";
    case Kind::kIvf:
      return "video/x-ivf";
    case Kind::kRealMedia:
      return "application/vnd.rn-realmedia";
    case Kind::kMpeg4:
      return "video/mp4v-es";
    case Kind::kFlash:
      return "application/vnd.adobe.flash.movie";
    case Kind::kOtherVideo:
      return "video/x-other";
    case Kind::kCpio:
      return "application/x-cpio";
    case Kind::kAr:
      return "application/x-archive";
    case Kind::kCab:
      return "application/vnd.ms-cab-compressed";
    case Kind::kLha:
      return "application/x-lzh-compressed";
    case Kind::kXar:
      return "application/x-xar";
    case Kind::kCompress:
      return "application/x-compress";
    case Kind::kLz4:
      return "application/x-lz4";
    case Kind::kLzma:
      return "application/x-lzma";
    case Kind::kLzip:
      return "application/x-lzip";
  }
  return "";
}

bool IsPicture(Kind kind) {
  switch (kind) {
    case Kind::kJpeg:
    case Kind::kPng:
    case Kind::kWebp:
    case Kind::kGif:
    case Kind::kBmp:
    case Kind::kTiff:
    case Kind::kCr2:
    case Kind::kNef:
    case Kind::kArw:
    case Kind::kDng:
    case Kind::kHeic:
    case Kind::kAvif:
    case Kind::kJxl:
      return true;
    default:
      return false;
  }
}

bool IsVideo(Kind kind) {
  switch (kind) {
    case Kind::kMp4:
    case Kind::kMov:
    case Kind::kThreeGp:
    case Kind::kMkv:
    case Kind::kWebm:
    case Kind::kAvi:
    case Kind::kMpeg:
    case Kind::kMpegTs:
    case Kind::kFlv:
    case Kind::kWmv:
    case Kind::kOgg:
    case Kind::kM4a:  // its mark says sound; what it holds is looked at
    case Kind::kH264:
    case Kind::kHevc:
    case Kind::kMxf:
    case Kind::kDv:
    case Kind::kIvf:
    case Kind::kRealMedia:
    case Kind::kMpeg4:
    case Kind::kFlash:
    case Kind::kOtherVideo:
      return true;
    default:
      return false;
  }
}

bool IsArchive(Kind kind) {
  switch (kind) {
    case Kind::kZip:
    case Kind::kSevenZip:
    case Kind::kRar:
    case Kind::kTar:
    case Kind::kGzip:
    case Kind::kBzip2:
    case Kind::kXz:
    case Kind::kZstd:
    case Kind::kIso:
    case Kind::kCpio:
    case Kind::kAr:
    case Kind::kCab:
    case Kind::kLha:
    case Kind::kCompress:
    case Kind::kLz4:
    case Kind::kLzma:
    case Kind::kLzip:
    case Kind::kPdf:
    case Kind::kMail:
    case Kind::kMbox:
    case Kind::kDocx:
    case Kind::kXlsx:
    case Kind::kPptx:
    case Kind::kOdt:
    case Kind::kOds:
    case Kind::kOdp:
      return true;
    default:
      return false;
  }
}

bool IsProgram(Kind kind) {
  return kind == Kind::kPortableExecutable || kind == Kind::kElf;
}

Family FamilyOf(Kind kind) {
  if (kind == Kind::kHeic || kind == Kind::kAvif || kind == Kind::kJxl) return Family::kHeif;
  if (IsVideo(kind)) return Family::kVideo;
  return IsArchive(kind) ? Family::kArchives : Family::kPictures;
}

std::string_view Name(Family family) {
  switch (family) {
    case Family::kPictures:
      return "pictures";
    case Family::kHeif:
      return "heif";
    case Family::kVideo:
      return "video";
    case Family::kArchives:
      return "archives";
  }
  return "";
}

}  // namespace crossguard::examine
