import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';

interface Props {
  /** `label` is what the axis shows. */
  data: { label: string; value: number }[];
  /** What is counted. */
  name: string;
  format: (value: number) => string;
  /** Of days that have little to do with the day before. */
  jagged?: boolean;
}

/** One number over time. Loaded when it is needed: charts are the largest part of the library. */
export default function LineArea({ data, name, format, jagged }: Props) {
  return (
    <AreaChart
      h={240}
      data={data}
      dataKey="label"
      series={[{ name: 'value', label: name, color: 'iris.6' }]}
      curveType={jagged ? 'linear' : 'monotone'}
      withDots={false}
      strokeWidth={2}
      tickLine="none"
      gridAxis="x"
      valueFormatter={format}
      xAxisProps={{ minTickGap: 40 }}
      yAxisProps={{ width: 52, domain: ['auto', 'auto'], allowDecimals: false }}
      areaChartProps={{ accessibilityLayer: true, title: name }}
    />
  );
}
