"""The figures that are compared, and what Millrace is to reach in each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    ratio_max: float | None = None  # of the Java server's value in the same run
    value_max: float | None = None

    @property
    def target(self):
        if self.ratio_max is not None:
            return f"≤ {self.ratio_max} x Java"
        return f"< {self.value_max:g} {self.unit}" if self.value_max is not None else ""

    def is_met(self, value, java_value):
        """None where there is no target, or nothing to compare with."""
        if self.value_max is not None:
            return value < self.value_max
        if self.ratio_max is None or not java_value:
            return None
        return value <= self.ratio_max * java_value


CPU_PER_GB = "CPU s/GB"
CPU_PER_MILLION_ROWS = "CPU ms/million rows"
CPU_PER_ROW = "CPU µs/row"

FIGURES = {figure.name: figure for figure in (
    Figure("append, uncompressed", CPU_PER_GB, ratio_max=0.35),
    Figure("append, ZSTD", CPU_PER_GB, ratio_max=0.35),
    Figure("scan of all columns, uncompressed", CPU_PER_GB, ratio_max=0.25),
    Figure("scan of all columns, ZSTD", CPU_PER_GB, ratio_max=0.25),
    Figure("scan of 3 of 10 columns, uncompressed", CPU_PER_MILLION_ROWS),
    Figure("scan of 3 of 10 columns, ZSTD", CPU_PER_MILLION_ROWS),
    Figure("scan of 1 of 10 columns, uncompressed", CPU_PER_MILLION_ROWS, ratio_max=0.35),
    Figure("scan of 1 of 10 columns, ZSTD", CPU_PER_MILLION_ROWS, ratio_max=0.35),
    Figure("one row to ack, bare client, p50", "ms"),
    Figure("one row to ack, bare client, p99", "ms"),
    Figure("one row to a waiting reader, bare client, p50", "ms", value_max=1),
    Figure("one row to a waiting reader, bare client, p99", "ms"),
    Figure("one row to ack, Java client, p50", "ms"),
    Figure("one row to ack, Java client, p99", "ms"),
    Figure("one row to a waiting reader, Java client, p50", "ms", value_max=5),
    Figure("one row to a waiting reader, Java client, p99", "ms"),
    Figure("insert of a row", CPU_PER_ROW, ratio_max=0.45),
    Figure("update of a row", CPU_PER_ROW, ratio_max=0.45),
    Figure("lookup, 512 in flight", CPU_PER_ROW, ratio_max=0.33),
    Figure("lookup, one at a time", CPU_PER_ROW),
    Figure("lookup, one at a time, p50", "ms"),
    Figure("lookup, one at a time, p99", "ms"),
    Figure("lookup under upserts, p50", "ms"),
    Figure("lookup under upserts, p99", "ms"),
    Figure("lookup under upserts, p99 to p99 without", "times", value_max=2),
    Figure("rows upserted meanwhile", "thousands/s"),
    Figure("memory with half of the rows", "MB", ratio_max=0.3),
    Figure("memory with all rows", "MB"),
    Figure("restart to first lookup, clean stop", "s", value_max=1),
    Figure("restart to first lookup, kill -9", "s", value_max=1),
    Figure("memory when idle", "MB", value_max=40),
    Figure("start to first answer", "s", value_max=0.3),
)}
