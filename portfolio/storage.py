"""Static files as the image build collects them: hashed names, compressed."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

_SOURCE_MAP = "sourceMappingURL"


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hash every file, and follow the addresses inside style sheets.

    A comment that names a source map is left as it is: packages ship such comments without the
    map, and a missing development aid must not fail the build.
    """

    patterns = tuple(
        (glob, tuple(rule for rule in rules if _SOURCE_MAP not in str(rule)))
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )
