package millrace.client;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.InternalArray;
import org.apache.fluss.row.InternalMap;
import org.apache.fluss.row.InternalRow;
import org.apache.fluss.types.ArrayType;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.MapType;
import org.apache.fluss.types.RowType;

/** Between plain Java values, which tests compare, and the client's rows. */
final class Rows {
    private Rows() {}

    /** A row to append. Strings are converted, all else must be the client's internal value already. */
    static GenericRow row(Object... values) {
        GenericRow row = new GenericRow(values.length);
        for (int i = 0; i < values.length; i++) {
            row.setField(i, values[i] instanceof String text ? BinaryString.fromString(text) : values[i]);
        }
        return row;
    }

    /**
     * The values of a row that was read, as plain and lasting ones: strings, lists for arrays and rows, maps, byte
     * buffers for bytes. Scanners lend their rows only until the next poll.
     */
    static List<Object> values(InternalRow row, RowType type) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < type.getFieldCount(); i++) {
            DataType fieldType = type.getTypeAt(i);
            values.add(value(InternalRow.createFieldGetter(fieldType, i).getFieldOrNull(row), fieldType));
        }
        return values;
    }

    private static Object value(Object internal, DataType type) {
        if (internal == null) {
            return null;
        }
        return switch (type.getTypeRoot()) {
            case CHAR, STRING -> internal.toString();
            case BINARY, BYTES -> ByteBuffer.wrap((byte[]) internal);
            case ARRAY -> elements((InternalArray) internal, ((ArrayType) type).getElementType());
            case MAP -> entries((InternalMap) internal, (MapType) type);
            case ROW -> values((InternalRow) internal, (RowType) type);
            default -> internal;
        };
    }

    private static List<Object> elements(InternalArray array, DataType type) {
        InternalArray.ElementGetter getter = InternalArray.createElementGetter(type);
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            elements.add(value(getter.getElementOrNull(array, i), type));
        }
        return elements;
    }

    private static Map<Object, Object> entries(InternalMap map, MapType type) {
        List<Object> keys = elements(map.keyArray(), type.getKeyType());
        List<Object> values = elements(map.valueArray(), type.getValueType());
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            entries.put(keys.get(i), values.get(i));
        }
        return entries;
    }
}
