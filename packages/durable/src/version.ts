/** This package's name, as requests to AWS name their sender. */
export const SDK_NAME = "stepwell-durable";

/** This package's version. */
export const SDK_VERSION = "0.1.0";
