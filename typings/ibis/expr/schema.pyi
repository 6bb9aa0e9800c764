from collections.abc import ItemsView, Iterator

from ibis.expr.datatypes import DataType

class Schema:
    names: tuple[str, ...]
    types: tuple[DataType, ...]
    def __getitem__(self, name: str) -> DataType: ...
    def __iter__(self) -> Iterator[str]: ...
    def items(self) -> ItemsView[str, DataType]: ...
